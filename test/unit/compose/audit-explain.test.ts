import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sampleText } from '../../../src/audit/sample-report.ts';
import { textReport } from '../../../src/audit/text-report.ts';
import { compareScores } from '../../../src/compose/audit-compare.ts';
import { explainScore, type PastSettings } from '../../../src/compose/audit-explain.ts';
import type { NamedPolicy } from '../../../src/compose/audit-policy.ts';
import { sampleScores } from '../../../src/compose/audit-sample.ts';
import { openPlan } from '../../../src/compose/open-plan.ts';
import { createScoreBatch } from '../../../src/compose/score-batch.ts';
import { readersFrom } from '../../../src/compose/topic-readers.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Settings } from '../../../src/config/settings.ts';
import type { InputRecord } from '../../../src/flow/record.ts';
import type { Reject } from '../../../src/flow/fates.ts';
import { deadLetter } from '../../../src/produce/dead-letter.ts';
import { Lifecycle } from '../../../src/runtime/lifecycle.ts';
import { EVENT_SCHEMA, someEvents, wire } from '../../e2e/world.ts';
import { FakeRangeReader, type LogEntry } from '../../support/fake-range-reader.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { problemsOf } from '../../support/thrown.ts';

const { signal } = new AbortController();
const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;

let folder: string;
let registry: FakeRegistry;
let eventId: number;
let settings: Settings;
let events: InputRecord[];
let scores: InputRecord[];

const settingsWith = async (decision: string): Promise<Settings> => {
  const text = `name: audit
kafka: { brokers: [localhost:9092] }
schemaRegistry: { url: http://localhost:8081 }
input: { topics: [in] }
output: { topic: out, carry: [id] }
model: { dir: ${folder} }
decision: ${decision}
`;
  const given = { file: 'scorer.yaml', cwd: folder, env: {} };
  return (await loadConfig({ ...given, readFile: () => Promise.resolve(text) })).settings;
};
const BANDS = 'bands: [{ upTo: 0.6, decision: APPROVE }, { decision: REJECT }]';

const logOf = (records: readonly (InputRecord | null)[]): (LogEntry | null)[] =>
  records.map((record) => record && { record, aborted: false });

/** The score records of the events, as a stream writes them. */
async function scored(by: Settings): Promise<InputRecord[]> {
  const plan = await open(by, readersFrom(registry), signal, () => undefined);
  const now = (): number => NOW;
  const score = createScoreBatch(plan.value, { settings: by, registry, topic: 'in', now });
  const { records } = await score({ topic: 'in', partition: 0, records: events, closedBy: 'end' });
  const id = await registry.register('out-value', plan.value.stream.scoreSchema);
  await plan.stop();
  return records.map(({ key, value }, i) => {
    value!.writeUInt32BE(id, 1);
    return { offset: i, timestamp: NOW, key, value };
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
  await cp(resolve('test/e2e/bundle/1'), join(folder, '1'), { recursive: true });
  registry = new FakeRegistry();
  eventId = await registry.register('in-value', EVENT_SCHEMA);
  settings = await settingsWith(`{ policy: p1, ${BANDS} }`);
  events = someEvents(7).map((event, i) => ({
    offset: i,
    timestamp: NOW - 1000,
    key: Buffer.from(event.id),
    value: wire(eventId, event),
  }));
  scores = await scored(settings);
}, 60_000);
afterAll(async () => {
  for (const plan of plans.values()) await (await plan).stop();
  await rm(folder, { recursive: true });
});

/** Opening a model takes long, so each policy opens it once. */
const plans = new Map<string, ReturnType<typeof openPlan>>();
const open: typeof openPlan = async (own, ...how) => {
  const key = JSON.stringify(own.decision);
  const kept = plans.get(key) ?? openPlan(own, ...how);
  plans.set(key, kept);
  return { value: (await kept).value, stop: () => Promise.resolve() };
};

interface World {
  readonly settings?: Settings;
  readonly policies?: readonly Settings[];
  readonly events?: readonly (InputRecord | null)[];
  readonly scores?: readonly (InputRecord | null)[];
  readonly dead?: readonly InputRecord[];
  readonly tolerance?: number;
}

function given(world: World) {
  const own = world.settings ?? settings;
  const topics = new Map([
    ['in', [logOf(world.events ?? events)]],
    ['out', [logOf(world.scores ?? scores)]],
    ...(world.dead === undefined
      ? []
      : [[own.deadLetter.topic, [logOf(world.dead)]] as [string, (LogEntry | null)[][]]]),
  ]);
  const past: PastSettings = {
    policies: world.policies ?? [],
    config: 'scorer.yaml',
    readers: () => readersFrom(registry),
    tolerance: world.tolerance ?? 0,
    note: () => undefined,
    open,
  };
  return { settings: own, reader: new FakeRangeReader(topics), registry, signal, ...past };
}

async function explained(world: World, topic = 'in', offset = 3, counterfactual = false) {
  const lifecycle = new Lifecycle(signal);
  const asked = { topic, partition: 0, offset };
  try {
    return await explainScore({ ...given(world), asked, lifecycle, counterfactual });
  } finally {
    await lifecycle.stop();
  }
}

const without = (records: readonly InputRecord[]): readonly (InputRecord | null)[] =>
  records.map((record, i) => (i === 3 ? null : record));

const sampled = (world: World, size = 100) => sampleScores({ ...given(world), size, seed: 1 });

/** A score record whose number differs in its last bit. */
function nudged(record: InputRecord): InputRecord {
  const value = Buffer.from(record.value!);
  value.writeBigInt64LE(value.readBigInt64LE(5) + 1n, 5);
  return { ...record, value };
}

const others = ({ checks }: Awaited<ReturnType<typeof explained>>): string[] =>
  checks
    .filter(({ result }) => result !== 'same')
    .map(({ field, result }) => `${field}: ${result}`);

it('finds the score of an event, and the event of a score', async () => {
  const byEvent = await explained({});
  expect(byEvent).toMatchObject({ verdict: 'matches', score: { offset: 3 }, missing: [] });
  expect(await explained({}, 'out')).toMatchObject({ verdict: 'matches', event: { offset: 3 } });
  const text = textReport(byEvent);
  expect(text).toMatch(/^event {4}in-0, offset 3, 2027-/);
  expect(text).toMatch(/score +0\.\d+ +same\n/);
});

it('shows what would have to be different, where it is asked for', async () => {
  const without = await explained({}, 'in', 3, true);
  expect(without).toMatchObject({
    verdict: 'incomplete',
    missing: [{ what: 'counterfactual', code: 'EXPLAIN_BACKGROUND' }],
  });
  // The bundle was read when its model was opened.
  const [opened] = plans.values();
  const { value: plan, stop } = await opened!;
  const { description } = plan.versions[0].bundle;
  Object.assign(description, { background: 'background.jsonl' });
  const lines = someEvents(60).map((event) => `${JSON.stringify(event)}\n`);
  await writeFile(join(folder, '1', 'background.jsonl'), lines.join(''));
  plans.set(JSON.stringify(settings.decision), Promise.resolve({ value: plan, stop }));
  const found = await explained({}, 'in', 3, true);
  Object.assign(description, { background: undefined });
  expect(found).toMatchObject({ verdict: 'matches', missing: [] });
  const [nearest] = found.counterfactual!;
  expect(nearest!.decision).not.toBe(found.score!.fields['decision']);
  expect(textReport(found)).toMatch(/what would have to be different\n +field +value +instead/);
  expect((await explained({})).counterfactual).toBeUndefined();
});

it('notices the last bit, unless a tolerance is given', async () => {
  const changed = scores.with(3, nudged(scores[3]!));
  const found = await explained({ scores: changed });
  expect(found.verdict).toBe('differs');
  expect(others(found)).toEqual(['score: differs']);
  const close = await explained({ scores: changed, tolerance: 1e-9 });
  expect(close.verdict).toBe('matches');
  expect(textReport(close)).toContain('within the tolerance');
  expect(await sampled({ scores: changed })).toMatchObject({
    scores: 7,
    sampled: 7,
    verdicts: { matches: 6, differs: 1 },
    examples: [{ event: { offset: 3 }, checks: [{ field: 'score' }] }],
  });
});

it('finds further copies, and says which ones are different', async () => {
  const copies = [scores[3]!, nudged(scores[3]!)].map((record, i) => ({
    ...record,
    offset: 7 + i,
  }));
  const same = await explained({ scores: [...scores, copies[0]!] });
  expect(same).toMatchObject({ verdict: 'matches', copies: [{ same: true }, { same: true }] });
  expect(await sampled({ scores: [...scores, copies[0]!] }, 7)).toMatchObject({
    scores: 8,
    verdicts: { matches: 7 },
    copies: { records: 1, differ: 0, events: 0 },
    examples: [],
  });
  const found = await explained({ scores: [...scores, ...copies] });
  expect(found.verdict).toBe('differs');
  expect(found.checks.every(({ result }) => result === 'same')).toBe(true);
  expect(found.copies).toMatchObject([
    { offset: 3, same: true },
    { offset: 7, same: true },
    { offset: 8, same: false, different: ['score'] },
  ]);
  const text = textReport(found);
  expect(text).toMatch(/copy {3}out-0, offset 8, \S+, says something else \(score\)\n/);
  expect(text).toMatch(/differs: 1 of 3 score records of the event says something else .*\n$/);
  const report = await sampled({ scores: [...scores, ...copies] }, 7);
  expect(report).toMatchObject({
    scores: 9,
    sampled: 7,
    verdicts: { matches: 6, differs: 1 },
    copies: { records: 2, differ: 1, events: 1 },
    examples: [{ event: { offset: 3 }, checks: [], copies: [{ offset: 8, fields: ['score'] }] }],
  });
  expect(sampleText(report)).toContain('copy out-0, offset 8 says something else: score\n');
});

it('finds a score that is earlier than its event, by clocks that are wrong', async () => {
  const early = scores.map((record) => ({ ...record, timestamp: NOW - 5 * HOUR }));
  expect(await explained({ scores: early })).toMatchObject({ verdict: 'matches' });
});

it('says what is not there', async () => {
  const none = await explained({ scores: without(scores) });
  expect(none).toMatchObject({ score: null, verdict: 'incomplete', missing: [{ what: 'score' }] });
  const noEvent = await explained({ events: without(events) }, 'out');
  expect(noEvent).toMatchObject({ event: null, verdict: 'incomplete' });
  expect(noEvent.missing).toMatchObject([{ what: 'event' }]);
  expect(await sampled({ events: without(events) })).toMatchObject({
    verdicts: { matches: 6, incomplete: 1 },
    missing: [{ what: 'event', count: 1 }],
  });
  expect(await problemsOf(() => explained({}, 'in', 99))).toMatchObject([
    { code: 'INPUT_INVALID' },
  ]);
  expect(await problemsOf(() => explained({}, 'other'))).toMatchObject([{ code: 'INPUT_INVALID' }]);
  expect(await problemsOf(() => explained({ scores: events }, 'out'))).toMatchObject([
    { code: 'INPUT_INVALID' },
  ]);
});

it('recomputes the rest of a sample, whichever of its events has no score now', async () => {
  for (const [i, event] of events.entries()) {
    const cut = events.with(i, { ...event, value: event.value!.subarray(0, -5) });
    expect(await sampled({ events: cut })).toMatchObject({
      verdicts: { matches: 6, differs: 1 },
      examples: [{ event: { offset: i }, checks: [{ field: 'score', recomputed: null }] }],
    });
  }
});

it('says why an event has no score, where its topics show it', async () => {
  const why = async (world: World) => {
    const { missing, verdict } = await explained({ scores: without(scores), ...world });
    expect(verdict).toBe('incomplete');
    return missing.map((one) => `${one.what}: ${one.why}`);
  };
  const tombstone = events.with(3, { ...events[3]!, value: null });
  expect(await why({ events: tombstone })).toEqual([
    'score: the event is a tombstone: it has no value, so there is nothing to score',
  ]);
  const reject = { row: 3, stage: 'decode', code: 'AVRO_TRUNCATED', message: 'it ends early' };
  const batch = { topic: 'in', partition: 0, records: events, closedBy: 'end' } as const;
  const dead = [2, 3].map((row, offset) => {
    const { value, headers } = deadLetter(batch, { ...reject, row } as Reject, 'place-only');
    return { offset, timestamp: NOW, key: null, value, headers };
  });
  const [{ topic }] = [settings.deadLetter];
  expect(await why({ dead })).toEqual([
    `score: the event is a dead letter: AVRO_TRUNCATED: it ends early (${topic}-0, offset 1)`,
  ]);
  expect(await why({ dead: dead.slice(0, 1) })).toEqual([
    `score: the output topic out has no score of this event, and ${topic} has no dead letter`,
  ]);
});

it('recomputes what a segment, a rule or a list has decided', async () => {
  const file = join(folder, 'blocked.txt');
  await writeFile(file, `${someEvents(7)[1]!.id}\n`);
  const by = await settingsWith(`
  policy: p3
  ${BANDS}
  lists: [{ name: blocked, key: event.id, file: ${file}, decision: BLOCK }]
  rules:
    - { name: first, when: 'event.id == "${someEvents(7)[2]!.id}"', decision: REVIEW, stage: before }
    - { name: sure, when: 'score >= 0.0 && event.id == "${someEvents(7)[4]!.id}"', decision: REVIEW }
  segments: [{ name: some, when: 'event.id == "${someEvents(7)[3]!.id}"', bands: [{ decision: REJECT }] }]
`);
  const written = await scored(by);
  const deciders = [];
  for (const offset of [0, 1, 2, 3, 4]) {
    const found = await explained({ settings: by, scores: written }, 'in', offset);
    expect(found.verdict).toBe('matches');
    deciders.push([found.score!.fields['decidedBy'], found.score!.fields['segment']]);
  }
  expect(deciders).toEqual([
    ['bands', null],
    ['list:blocked', null],
    ['rule:first', null],
    ['segment:some', 'some'],
    ['rule:sure', null],
  ]);
});

it('compares decisions only with the policy that the score names', async () => {
  const other = await settingsWith(`{ policy: p2, bands: [{ decision: APPROVE }] }`);
  const unknown = await explained({ settings: other });
  expect(unknown).toMatchObject({ verdict: 'incomplete', missing: [{ what: 'policy' }] });
  expect(others(unknown)).toEqual([
    'decision: not compared',
    'decidedBy: not compared',
    'segment: not compared',
    'reasons: not compared',
    'policy: not compared',
  ]);
  const found = await explained({ settings: other, policies: [settings] });
  expect(found).toMatchObject({ verdict: 'matches', policy: { label: 'p1' } });
  const lying = await settingsWith(`{ policy: p1, bands: [{ decision: REVIEW }] }`);
  expect(others(await explained({ settings: lying }))).toEqual(['decision: differs']);
});

it('does not hold it against a score that a list has moved', async () => {
  const file = join(folder, 'list.txt');
  const list = `lists: [{ name: blocked, key: event.id, file: ${file}, decision: BLOCK }]`;
  await writeFile(file, 'e3\n');
  const listed = await settingsWith(`{ policy: p1, ${BANDS}, ${list} }`);
  const then = await scored(listed);
  await writeFile(file, 'e4\n');
  const key = JSON.stringify(listed.decision);
  await (await plans.get(key))!.stop();
  plans.delete(key);
  const moved = await explained({ settings: listed, scores: then }, 'in', 0);
  expect(moved.verdict).toBe('matches');
  expect(moved.notes[0]).toMatch(/^the list blocked was at \S+, and is at \S+ now$/);
  const hit = await explained({ settings: listed, scores: then });
  expect(others(hit)).toEqual(['decision: not compared', 'decidedBy: not compared']);
  // a copy by the list of later says the same, unless the list decided
  const now = await scored(listed);
  const copied = [0, 3].map((i) => ({ ...now[i]!, offset: 7 }));
  const same = await explained({ settings: listed, scores: [...then, copied[0]!] }, 'in', 0);
  expect(same).toMatchObject({ verdict: 'matches', copies: [{ same: true }, { same: true }] });
  const other = await explained({ settings: listed, scores: [...then, copied[1]!] });
  expect(other).toMatchObject({
    verdict: 'differs',
    copies: [{ same: true }, { different: ['decision', 'decidedBy'] }],
  });
});

it('does not compare what was decided without a score', async () => {
  const value = Buffer.from(scores[3]!.value!);
  value.writeDoubleLE(NaN, 5);
  const nan = scores.with(3, { ...scores[3]!, value });
  const found = await explained({ scores: nan });
  expect(found.verdict).toBe('differs'); // the bands cannot have decided about it
  const degraded = compared({
    score: NaN,
    decidedBy: 'degraded',
    decision: 'REVIEW',
    reasons: null,
  });
  expect(degraded).toEqual(['score', 'decidedBy', 'decision', 'reasons']);
  // A list needs no score, so what it decided has to be the same.
  const byList = { decidedBy: 'list:blocked', decision: 'REJECT' };
  const listed = compared({ score: NaN, ...byList }, { now: { score: 0.5, ...byList } });
  expect(listed).toEqual(['score']);
});

it('does not compare reasons of a policy that is not at hand', () => {
  const reasons = [{ feature: 'amount', value: 1, contribution: 0.5, code: null }];
  const missing = [{ what: 'policy', code: 'POLICY_INVALID', why: 'another one is at hand' }];
  expect(compared({ reasons }, { missing })).toEqual(['reasons']);
});

/** The fields of a record that are not compared with the same event's score of today. */
function compared(
  then: Readonly<Record<string, unknown>>,
  {
    missing = [],
    now = { score: 0.5, decidedBy: 'bands', decision: 'APPROVE', reasons: null },
  }: {
    readonly missing?: NamedPolicy['missing'];
    readonly now?: Readonly<Record<string, unknown>>;
  } = {},
): string[] {
  const place = { topic: 'out', partition: 0, offset: 3 };
  const fields = Object.fromEntries(Object.keys(then).map((name) => [name, now[name]]));
  const { checks } = compareScores(
    { place, source: place, scoredAt: NOW, score: Number(then['score'] ?? 0.5), fields: then },
    { score: 0.5, fields, columns: [] },
    { settings, policy: null, missing, notes: [], isNamedBy: () => true, moved: () => [] },
    0,
  );
  expect(checks.filter(({ result }) => result === 'differs')).toEqual([]);
  return checks.filter(({ result }) => result === 'not compared').map(({ field }) => field);
}

it('does not take another model for the one that the score names', async () => {
  const sha256 = 'a'.repeat(64);
  const own = createdBy(await readFile(join(folder, '1', 'model.yaml'), 'utf8'));
  const foreign = scores.map((record) => {
    const value = Buffer.from(record.value!);
    value.write(sha256, value.indexOf(own), 'latin1');
    return { ...record, value };
  });
  const found = await explained({ scores: foreign });
  expect(found).toMatchObject({ verdict: 'incomplete', missing: [{ what: 'model' }], checks: [] });
  expect(found.missing[0]!.why).toContain('is another model');
});

const createdBy = (yaml: string): string => /sha256: (\w+)/.exec(yaml)![1]!;
