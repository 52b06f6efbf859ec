// `npm run bench -- monitor`: what the monitors cost for each event, part by part.
import { readFile } from 'node:fs/promises';
import avro from 'avsc';
import { parseSchema } from '../src/decode/avro-schema.ts';
import { createDecoder } from '../src/decode/decoder.ts';
import { Schemas } from '../src/decode/schemas.ts';
import type { Batch } from '../src/flow/batch.ts';
import type { Events, NumberColumn } from '../src/flow/events.ts';
import type { Observation } from '../src/flow/observation.ts';
import { RecordView } from '../src/flow/record-view.ts';
import { shareProjection, type ProjectedField, type Projection } from '../src/flow/projection.ts';
import type { Decisions, Scores } from '../src/flow/scores.ts';
import { DriftMonitor } from '../src/monitor/drift-monitor.ts';
import { createDriftObserver } from '../src/monitor/drift-observer.ts';
import { FairnessMonitor } from '../src/monitor/fairness-monitor.ts';
import { createFairnessObserver } from '../src/monitor/fairness-observer.ts';
import { Grouping } from '../src/monitor/group-reader.ts';
import { parseProfile } from '../src/monitor/profile-file.ts';
import { createMarker } from '../src/monitor/profile-marker.ts';
import { referenceSeries } from '../src/monitor/profile-series.ts';
import type { Histogram } from '../src/monitor/profile.ts';
import { QualityMonitor } from '../src/monitor/quality-monitor.ts';
import { createScoreObserver } from '../src/monitor/score-observer.ts';
import { createSlotCodes } from '../src/monitor/slot-codes.ts';
import { round, spread } from './report-table.ts';
import { median } from './statistics.ts';

const ROWS = 1024;
/** So few that their columns stay in the cache, as those that were just decoded do. */
const BATCHES = 8;
/** Of those with ids: so many that their places are not in the cache. */
const ID_BATCHES = 128;
const ROUNDS = 15;
const AGAIN = 32;
const MODEL = { name: 'bench', version: '1', sha256: 'ab' };
const NAMES = ['APPROVE', 'REVIEW', 'REJECT'];

/** A number of a reference, drawn as its bins say. */
function draw({ edges, counts, low, high }: Histogram): number {
  let left = Math.random() * counts.reduce((sum, count) => sum + count, 0);
  const bin = counts.findIndex((count) => (left -= count) < 0);
  const [from, to] = [edges[bin - 1] ?? low, edges[bin] ?? high];
  return from + Math.random() * (to - from);
}

const random32 = (): number => Math.floor(Math.random() * 2 ** 32);
const EARLIER = {
  low: 0,
  high: 0,
  score: 0.5,
  decision: 1,
  version: 1,
  segment: 0,
  why: 0,
  msOfDay: 0,
};

interface Subject {
  readonly name: string;
  /** Works on a batch. */
  readonly work: (batch: number) => void | Promise<void>;
  readonly took: number[];
}

/** Prints what it measures. CPU time, because the machine may do other things. */
export async function measureMonitor(say: (line: string) => void): Promise<void> {
  const file = new URL('../models/fraud/1/profile.json', import.meta.url);
  const profile = parseProfile(await readFile(file, 'utf8'), 'profile.json');
  const numbers = profile.features.filter((feature) => feature.kind === 'numeric');
  const features = numbers.map(({ field }, slot) => ({
    field: { name: field, field, kind: 'numeric' as const, slot, width: 1 },
    projected: { path: `n${slot}`, as: 'number', optional: false } satisfies ProjectedField,
  }));
  const found = referenceSeries(profile, {
    fields: features.map(({ field }) => field),
    leftOut: [],
  });
  if ('problem' in found) throw new Error(found.problem);
  const { series } = found;

  const schema = {
    type: 'record',
    name: 'Payment',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'band', type: 'string' },
      ...features.map((_, i) => ({ name: `n${i}`, type: 'double' })),
    ],
  };
  const given = batchesOf(schema, (i) => draw(numbers[i]!), features.length);
  const own = features.map(({ projected }) => projected);
  const utf8 = (path: string): ProjectedField => ({ path, as: 'utf8', optional: true });
  const decoder = (more: readonly ProjectedField[]): ((batch: Batch) => Promise<Events>) =>
    decoderOf(schema, shareProjection([own], more, []).projection);
  const plain = decoder([]);
  const withGroup = decoder([utf8('band')]);
  const withBoth = decoder([utf8('band'), utf8('id')]);
  const events = await Promise.all(given.map(withBoth));
  const group = features.length;
  const id = features.length;
  // what was found for columns is remembered with them, so each round gets others
  const fresh = (batch: number): Events => {
    const one = events[batch]!;
    return { ...one, columns: [...one.columns] };
  };

  const scores = given.map((): Scores => ({
    models: [MODEL],
    modelOf: null,
    score: Float64Array.from({ length: ROWS }, () => draw(profile.score)),
    classes: null,
    perClass: null,
  }));
  const ids = await Promise.all(
    batchesOf(schema, () => 0, features.length, ID_BATCHES).map(decoder([utf8('id')])),
  );
  let nextIds = 0;
  const decisions = given.map((): Decisions => {
    const index = Uint16Array.from({ length: ROWS }, () => (Math.random() < 0.98 ? 0 : 1));
    const rest = { deciders: ['bands'], decidedBy: null, segments: [], segmentOf: null };
    return { policy: 'bench', names: NAMES, index, ...rest };
  });

  const codes = createSlotCodes(series);
  const mark = createMarker(series, codes);
  const alarms: unknown[] = [];
  const monitor = new DriftMonitor({
    series,
    effect: 0.1,
    falseAlarmsPerMillion: 0.01,
    quietMs: 0,
    now: Date.now,
    onAlarm: (alarm) => alarms.push(alarm),
  });
  const drift = createDriftObserver({
    monitor,
    series,
    codes,
    score: profile.score,
    model: MODEL,
    hours: false,
  });
  const grouping = new Grouping('band');
  const fairness = createFairnessObserver({
    monitor: new FairnessMonitor({
      fields: [grouping],
      minRatio: 0.8,
      now: () => new Date(),
      onAlarm: () => undefined,
    }),
    codes: (one) => [grouping.codes(one, { slots: [group], boolean: false })],
    favourable: ['APPROVE'],
    policy: 'bench',
    onCounted: () => undefined,
  });
  const quality = new QualityMonitor({
    horizonDays: 1,
    maxBytes: 64 * 1024 * 1024,
    unlabelledIsNegative: false,
    isAlarm: () => true,
    favourable: ['APPROVE'],
    fields: 1,
    lowerIsWorse: false,
    now: Date.now,
    startedAt: Date.now(),
    onLabel: () => undefined,
    onComplete: () => undefined,
    onJoined: () => undefined,
  });
  // as many events as a replica keeps, so that most of them are not in the cache
  const earlier = { ...EARLIER, groups: new Uint8Array(4), partition: 0 };
  for (let i = 0; i < 1_000_000; i++) {
    [earlier.low, earlier.high] = [random32(), random32()];
    quality.table.add(earlier, Date.now(), Date.now());
  }
  const kept = createScoreObserver({
    table: quality.table,
    names: quality.names,
    id: { slots: [id], boolean: false },
    groups: undefined,
    partition: () => 0,
    now: Date.now,
    onLeftOut: () => undefined,
  });

  type Observe = typeof fairness;
  const seen = (observe: Observe, one: Events, batch: number): Observation | undefined =>
    observe(one, [], scores[batch]!, decisions[batch]!);
  let sum = 0;
  const works: Record<string, Subject['work']> = {
    plain: (batch) => {
      for (let slot = 0; slot < features.length; slot++)
        sum += sumOf((events[batch]!.columns[slot] as NumberColumn).values);
    },
    marks: (batch) => {
      mark(fresh(batch));
    },
    counted: (batch) => {
      const one = fresh(batch);
      mark(one);
      seen(drift, one, batch);
    },
    judged: (batch) => {
      const one = fresh(batch);
      mark(one);
      seen(drift, one, batch)!.record();
    },
    fairness: (batch) => {
      seen(fairness, fresh(batch), batch)!.record();
    },
    quality: (batch) => {
      seen(kept, ids[nextIds++ % ID_BATCHES]!, batch)!.record();
    },
    decode: async (batch) => {
      await plain(given[batch]!);
    },
    decodeGroup: async (batch) => {
      await withGroup(given[batch]!);
    },
    decodeBoth: async (batch) => {
      await withBoth(given[batch]!);
    },
  };
  const subjects = Object.entries(works).map(([name, work]): Subject => ({ name, work, took: [] }));
  for (let i = 0; i <= ROUNDS; i++)
    for (const { work, took } of subjects) {
      const nanos = await cpuPerEvent(work);
      if (i > 0) took.push(nanos); // the first round warms up
    }
  const of = (name: string): Subject => subjects.find((subject) => subject.name === name)!;
  const less = (name: string, without: string): number[] =>
    of(name).took.map((nanos, i) => nanos - of(without).took[i]!);
  const cost = (what: string, nanos: readonly number[]): void => {
    say(`${what}: ${spread(nanos, round(0))} ns an event`);
  };
  say(`${series.length} series, batches of ${ROWS} events; medians (lowest to highest)`);
  cost('a plain loop over the features', of('plain').took);
  cost('bins of the features, counts and marks', of('marks').took);
  cost('drift: bins of the score, and counts as an observation', less('counted', 'marks'));
  cost('drift: judging a block', less('judged', 'counted'));
  cost('fairness: groups and decisions of one field', of('fairness').took);
  cost('quality: the id and what is kept', of('quality').took);
  cost('reading the group', less('decodeGroup', 'decode'));
  cost('reading the id', less('decodeBoth', 'decodeGroup'));
  const parts = [of('judged').took, of('fairness').took, of('quality').took];
  const reading = less('decodeBoth', 'decode');
  cost(
    'all of it',
    reading.map((nanos, i) => parts.reduce((all, part) => all + part[i]!, nanos)),
  );
  say(`median of decoding the features alone: ${round(0)(median(of('decode').took))} ns an event`);
  if (Number.isNaN(sum + alarms.length)) say('no number'); // so that nothing is left out as useless

  async function cpuPerEvent(work: Subject['work']): Promise<number> {
    const { user, system } = process.cpuUsage();
    for (let again = 0; again < AGAIN; again++)
      for (let batch = 0; batch < BATCHES; batch++) {
        const done = work(batch);
        if (done !== undefined) await done;
      }
    const used = process.cpuUsage();
    return ((used.user + used.system - user - system) * 1000) / (AGAIN * BATCHES * ROWS);
  }
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row]!;
  return sum;
}

function decoderOf(schema: object, projection: Projection): (batch: Batch) => Promise<Events> {
  const reader = parseSchema(schema);
  const registry = { byId: () => Promise.resolve(reader) };
  const rest = { registry, types: undefined, unknownIdRetryMs: 0, badIds: undefined };
  const schemas = new Schemas({ reader, projection, carry: [], now: Date.now, ...rest });
  return createDecoder({ projection, schemas: new Map([['in', schemas]]) });
}

function batchesOf(
  schema: object,
  feature: (i: number) => number,
  features: number,
  batches = BATCHES,
): Batch[] {
  const type = avro.Type.forSchema(schema as never);
  const bands = ['18 to 29', '30 to 44', '45 to 64', '65 and over'];
  let next = 0;
  const event = (): Buffer => {
    const values = Array.from({ length: features }, (_, i) => [`n${i}`, feature(i)] as const);
    const band = bands[Math.floor(Math.random() * bands.length)]!;
    const id = `tx${String(next++).padStart(9, '0')}`;
    const bytes = type.toBuffer({ id, band, ...Object.fromEntries(values) });
    return Buffer.concat([Buffer.of(0, 0, 0, 0, 1), bytes]);
  };
  return Array.from({ length: batches }, () => {
    const values = Array.from({ length: ROWS }, event);
    const block = Buffer.concat(values); // as it was fetched
    let end = 0;
    const records = values.map(({ length }, offset) => {
      const start = end;
      end += length;
      return new RecordView(offset, Date.now(), undefined, block, -1, -1, start, end);
    });
    return { topic: 'in', partition: 0, records, closedBy: 'size' };
  });
}
