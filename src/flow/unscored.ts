import type { DeadCode } from './dead-code.ts';
import type { Events } from './events.ts';
import type { Fates } from './fates.ts';
import { degradedRows, type DegradedRow, type Scores } from './scores.ts';

/** Kills the rows without a score, each with its reason. Returns the scores as they are. */
export function killUnscored(scores: Scores, fates: Fates): Scores {
  for (const { row, code, why } of unscoredRows(scores)) fates.kill(row, 'infer', code, why);
  killNotFinite(scores, fates);
  return scores;
}

/**
 * Lets the living rows that the model has no answer for live on without a score. A score that is not
 * finite is an answer, and kills its row.
 */
export function degradeUnscored(scores: Scores, fates: Fates): Scores {
  const degraded: DegradedRow[] = [];
  for (const { row, code } of unscoredRows(scores))
    if (fates.isAlive(row)) degraded.push({ row, code });
  const { timedOut: _late, failed: _failed, ...rest } = scores;
  const { score, classes, perClass } = scores;
  const width = classes?.length ?? 0;
  for (const { row } of degraded) {
    score[row] = NaN;
    perClass?.fill(NaN, row * width, (row + 1) * width);
  }
  const result = degraded.length === 0 ? rest : { ...rest, degraded };
  killNotFinite(result, fates);
  return result;
}

/** A row that the model has no answer for. `why` has no values of the event. */
export interface UnscoredRow {
  readonly row: number;
  readonly code: DeadCode;
  readonly why: string;
}

/** The rows that the model has no answer for, dead ones included. */
export function unscoredRows({ timedOut = [], failed = [] }: Scores): readonly UnscoredRow[] {
  if (timedOut.length + failed.length === 0) return NO_ROWS;
  return [
    ...timedOut.map((row): UnscoredRow => ({ row, code: 'INFERENCE_TIMEOUT', why: LATE })),
    ...failed.map(({ row, why, crashed }): UnscoredRow => ({
      row,
      code: crashed === true ? 'INFERENCE_CRASHED' : 'INFERENCE_FAILED',
      why: `the model fails for this event alone: ${why}`,
    })),
  ];
}

const NO_ROWS: readonly UnscoredRow[] = [];
const LATE = 'the model did not answer for this event alone within inference.timeoutMs';

/** The events without those that are decided without a score: nothing is known of them. */
export function withScores(events: Events, scores: Scores): Events {
  if (scores.degraded === undefined || scores.degraded.length === 0) return events;
  const fates = events.fates.copy();
  for (const { row } of scores.degraded) fates.skip(row);
  return { ...events, fates };
}

function killNotFinite(scores: Scores, fates: Fates): void {
  const { score } = scores;
  let degraded: ReadonlySet<number> | undefined;
  for (let row = 0; row < score.length; row++) {
    if (Number.isFinite(score[row])) continue;
    degraded ??= degradedRows(scores);
    if (degraded.has(row)) continue;
    fates.kill(row, 'infer', 'SCORE_NOT_FINITE', 'the model returned a score that is not finite');
  }
}
