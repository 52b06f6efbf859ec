import { rm } from 'node:fs/promises';
import { Deciders } from '../../../src/audit/deciders.ts';
import { Timeline } from '../../../src/audit/timeline.ts';
import { figuresOf } from '../../../src/compose/evidence-figures.ts';
import { openPlan } from '../../../src/compose/open-plan.ts';
import type { RangeReader } from '../../../src/consume/range-reader.ts';
import type { SchemaRegistry } from '../../../src/decode/registry.ts';
import { ScorerError } from '../../../src/errors.ts';
import type { InputRecord } from '../../../src/flow/record.ts';
import { FakeRangeReader } from '../../support/fake-range-reader.ts';
import { bundleWith, goldenEvents, READER, recordOf, settingsFor } from './given-reasons.ts';

const SECTIONS = `decision:
  policy: p1
  bands: [{ upTo: 0.5, decision: APPROVE }, { decision: REJECT }]
drift: { effect: 0.1 }
fairness: { by: [customer.ageBand], favourable: [APPROVE] }
`;
const { signal } = new AbortController();
const COPIES = 20;

let plan: ReturnType<typeof openPlan> | undefined;
let folder: string;
let sha256: string;
beforeAll(async () => {
  folder = await bundleWith(undefined, 'profile: profile.json\n');
});
afterAll(async () => {
  await (await plan)?.stop();
  await rm(folder, { recursive: true });
});

/** All versions are the same model; version 3 is gone. */
const open: typeof openPlan = async (given, _readers, ...how) => {
  if (given.model.champion === '3')
    throw new ScorerError({ code: 'MODEL_NOT_FOUND', what: 'there is no version 3' });
  const node = await READER.byId();
  const readers = () => Promise.resolve({ readers: new Map([['in', node]]), problems: [] });
  plan ??= openPlan(given, readers, ...how);
  return { value: (await plan).value, stop: () => Promise.resolve() };
};

interface World {
  readonly sections?: string;
  /** Who decided about an event: a version and a policy; undefined: it has no score. */
  readonly who?: (topic: string, offset: number) => readonly [string, string | null] | undefined;
  /** Offsets below are gone from each partition. */
  readonly oldest?: number;
  readonly topics?: readonly string[];
}

/** The figures of golden events in two topics of two partitions each. */
async function figures({
  sections = SECTIONS,
  who = () => ['1', 'p1'],
  oldest = 0,
  topics = ['in', 'more'],
}: World) {
  const settings = await settingsFor(folder, sections);
  const own = {
    ...settings,
    input: { ...settings.input, topics },
    model: { ...settings.model, champion: '1' },
  };
  sha256 = (await open(own, undefined as never, signal, () => undefined)).value.versions[0].model
    .identity.sha256;
  const events = await goldenEvents();
  const timeline = new Timeline();
  const deciders = new Deciders();
  const logOf = (topic: string, partition: number) =>
    events
      .flatMap((event) => Array.from({ length: COPIES }, () => event))
      .filter((_, i) => i % 2 === partition)
      .map((event, offset) => {
        const record: InputRecord = { ...recordOf(event, offset), timestamp: 10 };
        const by = who(topic, offset);
        if (by === undefined) return { record, aborted: false };
        const [version, policy] = by;
        const span = timeline.add({
          ...{ place: { topic: 'out', partition, offset }, scoredAt: 10, model: 'fraud' },
          ...{ version, sha256, policy, decision: 'APPROVE', decidedBy: 'bands' },
        });
        deciders.add({ topic, partition, offset }, span);
        return offset < oldest ? null : { record, aborted: false };
      });
  const logs = new Map(['in', 'more'].map((topic) => [topic, [0, 1].map((i) => logOf(topic, i))]));
  const fake = new FakeRangeReader(logs);
  // retention has deleted what is before the oldest offset
  const reader: RangeReader = {
    ends: (range) => fake.ends(range),
    read: (range) => {
      const { from } = range;
      const first = from !== undefined && 'offset' in from ? from.offset(0)! : oldest;
      if (first < oldest) throw new ScorerError({ code: 'OFFSET_OUT_OF_RANGE', what: 'too low' });
      return fake.read({ ...range, from: { offset: () => first } });
    },
  };
  const found = await figuresOf(
    {
      settings: own,
      policies: [],
      config: 'scorer.yaml',
      readers: () => undefined as never,
      tolerance: 0,
      note: () => undefined,
      open,
      reader,
      registry: READER as unknown as SchemaRegistry,
      signal,
    },
    100,
    { timeline, deciders, withoutScore: new Map() },
  );
  return found as unknown as {
    readonly drift: Part<DriftOf>;
    readonly fairness: Part<FairnessOf>;
  };
}

type Part<T> = { readonly available?: readonly T[]; readonly notAvailable?: string };
interface DriftOf {
  readonly version: string;
  readonly left: readonly { readonly events: number; readonly why: string }[];
  readonly drift: {
    readonly notAvailable?: string;
    readonly available?: {
      readonly events: number;
      readonly series: readonly { series: string; psi: number; slots: { events: number }[] }[];
    };
  };
}
interface FairnessOf {
  readonly version: string;
  readonly policy: string | null;
  readonly fairness: {
    readonly notAvailable?: string;
    readonly available?: readonly {
      readonly by: string;
      readonly events: number;
      readonly groups: readonly { readonly events: number }[];
    }[];
  };
}

const eventsPer = async (): Promise<number> => COPIES * (await goldenEvents()).length;

it('judges each event by the version and the policy that decided, of all topics', async () => {
  const who = (topic: string, offset: number) =>
    topic === 'more' && offset < 10 ? (['2', 'p1'] as const) : (['1', 'p1'] as const);
  const first = await figures({ who });
  const all = 2 * (await eventsPer());
  const canary = 20; // of two partitions
  const [one, two] = first.drift.available!;
  expect(first.drift.available).toHaveLength(2);
  expect(one).toMatchObject({ version: '1', sha256, decided: all - canary, left: [] });
  expect(two).toMatchObject({ version: '2', decided: canary, left: [] });
  expect(one!.drift.available!.events).toBe(all - canary);
  expect(two!.drift.available!.events).toBe(canary);
  const { series } = two!.drift.available!;
  expect(series.map(({ series: name }) => name)).toContain('amount');
  expect(series.some(({ psi }) => psi > 0)).toBe(true);
  // also the last events, which are too few for a block
  for (const { slots } of series)
    expect(slots.reduce((sum, { events }) => sum + events, 0)).toBeCloseTo(1, 9);
  const [fair] = first.fairness.available!;
  expect(fair).toMatchObject({ version: '1', policy: 'p1' });
  const [by] = fair!.fairness.available!;
  expect(by).toMatchObject({ by: 'customer.ageBand', events: all - canary, alarms: [] });
  expect(by!.groups.reduce((sum, { events }) => sum + events, 0)).toBe(all - canary);
  expect(await figures({ who })).toEqual(first);
});

it('says which version or policy is not at hand, and judges the others', async () => {
  const names = ['1 p1', '1 p0', '3 p1'].map((name) => name.split(' ') as [string, string]);
  const { drift, fairness } = await figures({ who: (_topic, offset) => names[offset % 3] });
  const [one, three] = drift.available!;
  expect(one!.drift.available!.events).toBeGreaterThan(0);
  expect(three).toMatchObject({ version: '3', drift: { notAvailable: 'there is no version 3' } });
  const why = Object.fromEntries(
    fairness.available!.map((part) => [
      `${part.version} ${part.policy}`,
      part.fairness.notAvailable ?? 'there',
    ]),
  );
  expect(why).toEqual({
    '1 p1': 'there',
    '1 p0': 'the score names the policy p0, and at hand is p1',
    '3 p1': 'there is no version 3',
  });
});

it('counts events that are gone, and leaves out those without a score', async () => {
  const size = (await eventsPer()) / 2; // of a partition
  const gone = await figures({
    oldest: 7,
    who: (_topic, offset) => (offset === 20 ? undefined : ['1', 'p1']),
  });
  expect(gone.drift.available![0]).toMatchObject({
    decided: 4 * (size - 1),
    left: [{ events: 28, why: 'the events are not in their topic any more' }],
    drift: { available: { events: 4 * (size - 8) } },
  });
  const none = await figures({ oldest: 10_000 });
  expect(none.drift.available![0]!.drift.notAvailable).toMatch(/^no event of version 1 could be/);
  const other = await figures({ topics: ['in'] });
  expect(other.drift.available![0]).toMatchObject({
    left: [{ events: 2 * size, why: 'the topic is not in input.topics of scorer.yaml' }],
    drift: { available: { events: 2 * size } },
  });
});

it('says why there are none', async () => {
  const [without] = SECTIONS.split('drift:');
  const none = await figures({ sections: without! });
  expect(none.drift.notAvailable).toBe('the configuration has no section drift');
  expect(none.fairness.notAvailable).toBe('the configuration has no section fairness');
  const empty = await figures({ who: () => undefined });
  expect(empty.drift.notAvailable).toBe('there are no scores in the range');
});

it('knows who decided, with copies and more than 255 deciders', () => {
  const deciders = new Deciders();
  const at = (offset: number) => ({ topic: 't', partition: 0, offset });
  deciders.add(at(5), 1);
  deciders.add(at(2 ** 40), 1);
  deciders.add(at(5), 300); // a copy: the last one counts
  deciders.add(at(6), 300);
  deciders.add(at(6), 300);
  expect([5, 6, 7, 2 ** 40].map((offset) => deciders.of('t', 0, offset))).toEqual([300, 300, 0, 1]);
  expect(deciders.eventsOf(300)).toEqual([
    { topic: 't', partition: 0, first: 5, last: 6, events: 2 },
  ]);
  expect(deciders.eventsOf(1)).toMatchObject([{ last: 2 ** 40, events: 1 }]);
  expect(deciders.eventsOf(2)).toEqual([]);
});
