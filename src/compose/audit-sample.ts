import {
  SampleTally,
  type DifferentCopy,
  type SampledScore,
  type SampleReport,
} from '../audit/sample-report.ts';
import { Sample } from '../audit/sample.ts';
import type { Check } from '../audit/checks.ts';
import type { Missing } from '../audit/explanation.ts';
import type { Place } from '../audit/place.ts';
import type { Bound } from '../consume/range-reader.ts';
import type { Batch } from '../flow/batch.ts';
import type { InputRecord } from '../flow/record.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { compareScores, differentOf, isScore, unscored } from './audit-compare.ts';
import { missingOf, type PastSettings } from './audit-explain.ts';
import { namedPolicy, type NamedPolicy } from './audit-policy.ts';
import { createRecompute, type Recompute } from './audit-recompute.ts';
import {
  scoreRecordReader,
  type AuditKafka,
  type FoundScore,
  type OnShare,
} from './audit-records.ts';
import { openNamedVersion } from './audit-version.ts';
import { forTopic } from './compare-sides.ts';
import { openScoreReading } from './score-reading.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import { leftRecords } from './left-records.ts';

export interface SampleOptions extends AuditKafka, PastSettings {
  /** Only events of this input topic. Default: of all. */
  readonly topic?: string | undefined;
  /** A range of the output topic. */
  readonly from?: Bound | undefined;
  readonly to?: Bound | undefined;
  readonly size: number;
  readonly seed: number;
  readonly onShare?: OnShare;
}

/** Recomputes a sample of the scores in a range of the output topic. */
export async function sampleScores(options: SampleOptions): Promise<SampleReport> {
  const { seed } = options;
  const { scores, seen } = await takeSample(options);
  const tally = new SampleTally();
  const events = await eventsOf(scores, options);
  const groups = Map.groupBy(
    scores.map((score): KnownScore => ({ ...score, known: knownPolicy(score, options) })),
    groupOf,
  );
  for (const key of [...groups.keys()].sort())
    for (const sampled of await recomputeGroup(groups.get(key)!, events, options))
      tally.add(sampled);
  return tally.report(seen, seed);
}

type KnownScore = CopiedScore & { readonly known: NamedPolicy };

/** The first score record of an event, and what further ones say. */
type CopiedScore = FoundScore & {
  readonly records: number;
  readonly copies: readonly DifferentCopy[];
};

const knownPolicy = ({ fields }: FoundScore, { settings, policies }: SampleOptions): NamedPolicy =>
  namedPolicy(fields['policy'] as string | null, [settings, ...policies]);

/** Scores of one version, one topic and one policy, wherever its lists stood. */
const groupOf = ({ source, fields, known }: KnownScore): string => {
  const { version, sha256 } = fields['model'] as ModelIdentity;
  return JSON.stringify([version, sha256, source.topic, known.policy]);
};

interface Kept {
  readonly place: Place;
  readonly value: Buffer;
}

async function takeSample(
  options: SampleOptions,
): Promise<{ readonly scores: readonly CopiedScore[]; readonly seen: number }> {
  const { settings, reader, registry, signal, from, to, size, seed, onShare } = options;
  const { topic } = settings.output;
  const read = await openScoreReading({ settings, registry, where: '--topic' });
  const whole = scoreRecordReader(registry);
  const sample = new Sample<Kept>(size, seed);
  let records = 0;
  for await (const fetched of reader.read({ topic, from, to, signal })) {
    const { partition, nextOffset, endOffset } = fetched;
    const batch: Batch = { topic, partition, records: [...fetched.records], closedBy: 'end' };
    const said = await untilAvailable(() => read(batch), { signal });
    for (const [row, record] of batch.records.entries()) {
      if (!said.isAlive(row)) continue;
      const source = {
        topic: said.text('source.topic', row) ?? '',
        partition: said.number('source.partition', row) ?? 0,
        offset: said.number('source.offset', row) ?? 0,
      };
      if (options.topic !== undefined && source.topic !== options.topic) continue;
      const place = { topic, partition, offset: Number(record.offset) };
      sample.offer(source, () => ({ place, value: Buffer.from(record.value!) }));
    }
    records += batch.records.length;
    onShare?.(Number(nextOffset) / Math.max(1, Number(endOffset)), records);
  }
  const found = ({ place, value }: Kept): Promise<FoundScore> =>
    untilAvailable(() => whole(place, value), { signal });
  const scores: CopiedScore[] = [];
  for (const { value, copies } of sample.taken()) {
    const score = await found(value);
    const different: DifferentCopy[] = [];
    for (const one of copies) {
      const fields = differentOf(score, await found(one), options);
      if (fields.length > 0) different.push({ ...one.place, fields });
    }
    scores.push({ ...score, records: copies.length, copies: different });
  }
  return { scores, seen: sample.seen };
}

/** Offsets that are further apart than this are read one by one. */
const MAX_GAP = 20_000;

type EventKey = `${string} ${number} ${number}`;
const keyOf = ({ topic, partition, offset }: Place): EventKey => `${topic} ${partition} ${offset}`;

/** The events of the scores that are still there, without the buffers that they were fetched in. */
async function eventsOf(
  scores: readonly FoundScore[],
  { reader, signal }: AuditKafka,
): Promise<ReadonlyMap<EventKey, InputRecord>> {
  const events = new Map<EventKey, InputRecord>();
  const wanted = new Set(scores.map(({ source }) => keyOf(source)));
  const parts = Map.groupBy(scores, ({ source }) =>
    JSON.stringify([source.topic, source.partition]),
  );
  const copy = (bytes: Buffer | null): Buffer | null => bytes && Buffer.from(bytes);
  for (const own of parts.values()) {
    const { topic, partition } = own[0]!.source;
    const offsets = own.map(({ source }) => source.offset).sort((a, b) => a - b);
    for (const [first, last] of runsOf(offsets))
      for await (const records of leftRecords({ topic, partition, first, last }, reader, signal))
        for (const { offset, timestamp, key, value, headers } of records) {
          const place = keyOf({ topic, partition, offset: Number(offset) });
          if (wanted.has(place))
            events.set(place, { offset, timestamp, key: copy(key), value: copy(value), headers });
        }
  }
  return events;
}

function runsOf(offsets: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const offset of offsets) {
    const last = runs.at(-1);
    if (last !== undefined && offset - last[1] <= MAX_GAP) last[1] = offset;
    else runs.push([offset, offset]);
  }
  return runs;
}

async function recomputeGroup(
  scores: readonly KnownScore[],
  events: ReadonlyMap<EventKey, InputRecord>,
  options: SampleOptions,
): Promise<readonly SampledScore[]> {
  const { registry, signal, tolerance } = options;
  const [{ source, fields, known }] = scores as [KnownScore];
  const settings = forTopic(known.settings, source.topic, options.config);
  let plan: Started<ScoringPlan>;
  try {
    const identity = fields['model'] as ModelIdentity;
    const readers = options.readers(settings);
    plan = await openNamedVersion(settings, identity, readers, signal, options.note, options.open);
  } catch (error) {
    const missing = missingOf('model', error);
    return scores.map((score) => sampled(score, { checks: [], missing }));
  }
  try {
    const given = { plan: plan.value, settings, registry, topic: source.topic, signal };
    const recompute = createRecompute(given);
    const results: SampledScore[] = [];
    for (const own of Map.groupBy(scores, (score) => score.source.partition).values())
      for (let i = 0; i < own.length; i += MAX_BATCH) {
        const part = own.slice(i, i + MAX_BATCH);
        const compared = await recomputePart(part, events, recompute, tolerance);
        results.push(...part.map((score, at) => sampled(score, compared[at]!)));
      }
    return results;
  } finally {
    await plan.stop();
  }
}

const MAX_BATCH = 256;

interface Compared {
  readonly checks: readonly Check[];
  readonly missing: readonly Missing[];
}

function sampled(score: CopiedScore, compared: Compared): SampledScore {
  const { source, place, fields, records, copies } = score;
  const { version, sha256 } = fields['model'] as ModelIdentity;
  const policy = fields['policy'] as string | null;
  return { event: source, score: place, version, sha256, policy, records, copies, ...compared };
}

const NO_EVENT: Missing = {
  what: 'event',
  code: 'INPUT_INVALID',
  why: 'the event is not in its topic any more',
};

async function recomputePart(
  scores: readonly KnownScore[],
  events: ReadonlyMap<EventKey, InputRecord>,
  recompute: Recompute,
  tolerance: number,
): Promise<readonly Compared[]> {
  const there = scores.filter(({ source }) => events.has(keyOf(source)));
  const past = there.map(({ source, scoredAt }) => ({
    record: events.get(keyOf(source))!,
    scoredAt,
  }));
  const results = past.length === 0 ? [] : await recompute(scores[0]!.source.partition, past);
  return scores.map((score): Compared => {
    const { known } = score;
    const result = results[there.indexOf(score)];
    if (result === undefined) return { checks: [], missing: [NO_EVENT] };
    if (!isScore(result)) return { checks: [unscored(score, result)], missing: known.missing };
    const { checks } = compareScores(score, result, known, tolerance);
    return { checks, missing: known.missing };
  });
}
