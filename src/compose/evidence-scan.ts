import { Deciders } from '../audit/deciders.ts';
import { parsePolicyName } from '../audit/policy-name.ts';
import { count, sorted, Timeline, type DecidedScore } from '../audit/timeline.ts';
import type { Section } from '../audit/evidence.ts';
import type { Bound } from '../consume/range-reader.ts';
import { ScorerError } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { lastHeader } from '../flow/headers.ts';
import { DEAD_LETTER_HEADERS } from '../produce/dead-letter.ts';
import { untilAvailable } from '../runtime/retry.ts';
import type { AuditKafka, OnShare } from './audit-records.ts';
import { openScoreReading } from './score-reading.ts';
import type { RecordedExpected } from './evidence-expected.ts';

export interface RangeOfTime {
  readonly from: Bound;
  readonly to: Bound;
}

/** What the score records of a range say. */
export interface ScannedScores {
  readonly timeline: Timeline;
  /** By the numbers of the spans. Undefined where no monitor needs it. */
  readonly deciders: Deciders | undefined;
  /** Decisions without a score (`model.onFailure`), by the number of the span. */
  readonly withoutScore: ReadonlyMap<number, number>;
}

/**
 * Reads the score records of a range once; `expected` counts them, too. Memory grows with their number only where drift or
 * fairness is monitored: who decided about each event.
 */
export async function scanScores(
  { settings, reader, registry, signal }: AuditKafka,
  { from, to }: RangeOfTime,
  lists: readonly string[],
  expected: RecordedExpected,
  onShare: OnShare = () => undefined,
): Promise<ScannedScores> {
  const { topic } = settings.output;
  const read = await openScoreReading({ settings, registry, where: '--from' });
  const timeline = new Timeline();
  const monitored = settings.drift !== undefined || settings.fairness !== undefined;
  const deciders = monitored ? new Deciders() : undefined;
  const withoutScore = new Map<number, number>();
  const labels = new Map<string, string | null>();
  const labelOf = (name: string | null): string | null => {
    if (name === null) return null;
    const known = labels.get(name);
    if (known !== undefined) return known;
    const { label } = parsePolicyName(name, lists);
    if (labels.size > 1000) labels.clear(); // the places of lists change all the time
    labels.set(name, label);
    return label;
  };
  for await (const fetched of reader.read({ topic, from, to, signal })) {
    const { partition, nextOffset, endOffset } = fetched;
    const batch: Batch = { topic, partition, records: [...fetched.records], closedBy: 'end' };
    const said = await untilAvailable(() => read(batch), { signal });
    for (const [row, { offset }] of batch.records.entries()) {
      if (!said.isAlive(row)) continue;
      const decided: DecidedScore = {
        place: { topic, partition, offset: Number(offset) },
        scoredAt: said.number('scoredAt', row) ?? 0,
        model: said.text('model.name', row) ?? '',
        version: said.text('model.version', row) ?? '',
        sha256: said.text('model.sha256', row) ?? '',
        policy: labelOf(said.text('policy', row)),
        decision: said.text('decision', row),
        decidedBy: said.text('decidedBy', row),
      };
      const span = timeline.add(decided);
      const score = said.number('score', row);
      if (!expected.knows(decided)) await expected.learn(decided);
      expected.add({ ...decided, score, eventTime: said.number('eventTime', row) });
      if (Number.isNaN(score)) withoutScore.set(span, (withoutScore.get(span) ?? 0) + 1);
      else
        deciders?.add(
          {
            topic: said.text('source.topic', row) ?? '',
            partition: said.number('source.partition', row) ?? 0,
            offset: said.number('source.offset', row) ?? 0,
          },
          span,
        );
    }
    onShare(Number(nextOffset) / Math.max(1, Number(endOffset)), timeline.records);
  }
  return { timeline, deciders, withoutScore };
}

/** The dead letters of a range by their code. Only their headers are read. */
export async function scanDeadLetters(
  { settings, reader, signal }: AuditKafka,
  { from, to }: RangeOfTime,
): Promise<Section<Readonly<Record<string, number>>>> {
  const { topic } = settings.deadLetter;
  const codes = new Map<string, number>();
  try {
    for await (const { records } of reader.read({ topic, from, to, signal }))
      for (const { headers } of records) {
        const code = headers && lastHeader(headers, DEAD_LETTER_HEADERS.code);
        count(codes, code === undefined ? '(no code)' : String(code));
      }
  } catch (error) {
    if (!(error instanceof ScorerError) || error.code !== 'TOPIC_NOT_FOUND') throw error;
    return { notAvailable: error.problems[0]!.what };
  }
  return { available: sorted(codes) };
}
