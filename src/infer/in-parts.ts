import type { FailedRow } from '../flow/scores.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { takeRows } from '../flow/take-rows.ts';
import { Crashed, RunFailed, TimedOut } from './run-failures.ts';

/** The answer of a model for a batch. */
export interface Scored {
  readonly score: Float64Array;
  readonly perClass: Float64Array | null;
  readonly seconds: number;
}

/**
 * A failed batch is split into this many parts: this reaches a single row in a third of the rounds
 * that halves need.
 */
const PARTS = 8;

export interface ScoredInParts extends Scored {
  /** Rows for which the model does not answer in time, even alone. Their numbers are NaN. */
  readonly timedOut: readonly number[];
  /** Rows for which it fails, even alone. Their numbers are NaN. */
  readonly failed: readonly FailedRow[];
}

export interface InParts {
  readonly score: (tensors: readonly InputTensor[], rows: number) => Promise<Scored>;
  readonly onTimeout?: (rows: number) => void;
  readonly onCrash?: (rows: number) => void;
  /**
   * How many parts may still time out or crash. At 0 the rest of the batch is not tried, and counts
   * as timed out. Default: no limit.
   */
  readonly losses?: { left: number } | undefined;
}

/**
 * Scores a batch. If the model does not answer in time, fails or crashes, it scores parts of the
 * batch, down to single rows.
 */
export async function scoreInParts(
  tensors: readonly InputTensor[],
  rows: number,
  options: InParts,
): Promise<ScoredInParts> {
  const { losses } = options;
  if (losses !== undefined && losses.left <= 0) return givenUp(rows);
  try {
    return { ...(await options.score(tensors, rows)), timedOut: [], failed: [] };
  } catch (error) {
    if (losses !== undefined && (error instanceof TimedOut || error instanceof Crashed))
      losses.left--;
    if (error instanceof TimedOut) {
      options.onTimeout?.(rows);
      if (rows === 1) return { ...NOTHING, timedOut: [0], failed: [] };
    } else if (error instanceof Crashed) {
      options.onCrash?.(rows);
      if (rows === 1) return onceMore(tensors, options);
    } else {
      if (!(error instanceof RunFailed) || (rows === 1 && error.isOfMemory)) throw error;
      const hasText = tensors.some(({ type }) => type === 'string');
      if (rows === 1)
        return {
          ...NOTHING,
          timedOut: [],
          failed: [{ row: 0, why: error.withoutValues(hasText) }],
        };
    }
  }
  const size = Math.ceil(rows / PARTS);
  const parts: Part[] = [];
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from);
    const part = takeRows(
      tensors,
      Array.from({ length: count }, (_, i) => from + i),
    );
    parts.push({ from, scored: await scoreInParts(part, count, options) });
  }
  return joined(parts, rows);
}

/** None of the rows is tried alone. */
function givenUp(rows: number): ScoredInParts {
  const score = new Float64Array(rows).fill(NaN);
  const timedOut = Array.from({ length: rows }, (_, row) => row);
  return { score, perClass: null, seconds: 0, timedOut, failed: [] };
}

/** A process may end by accident. An event is the cause if it ends two processes alone. */
async function onceMore(tensors: readonly InputTensor[], options: InParts): Promise<ScoredInParts> {
  try {
    return { ...(await options.score(tensors, 1)), timedOut: [], failed: [] };
  } catch (error) {
    if (!(error instanceof Crashed)) throw error;
    options.onCrash?.(1);
    return { ...NOTHING, timedOut: [], failed: [{ row: 0, why: error.message, crashed: true }] };
  }
}

const NOTHING: Scored = { score: Float64Array.of(NaN), perClass: null, seconds: 0 };

interface Part {
  readonly from: number;
  readonly scored: ScoredInParts;
}

function joined(parts: readonly Part[], rows: number): ScoredInParts {
  const score = new Float64Array(rows).fill(NaN);
  const some = parts.find(({ scored }) => scored.perClass !== null)?.scored;
  const width = some === undefined ? 0 : some.perClass!.length / some.score.length;
  const perClass = new Float64Array(rows * width).fill(NaN);
  let seconds = 0;
  for (const { from, scored } of parts) {
    score.set(scored.score, from);
    if (scored.perClass !== null) perClass.set(scored.perClass, from * width);
    seconds += scored.seconds;
  }
  const timedOut = parts.flatMap(({ from, scored }) => scored.timedOut.map((row) => from + row));
  const failed = parts.flatMap(({ from, scored }) =>
    scored.failed.map((failed) => ({ ...failed, row: from + failed.row })),
  );
  return { score, perClass: some === undefined ? null : perClass, seconds, timedOut, failed };
}

/** The rows without a score, if there are any. */
export function unscored({
  timedOut,
  failed,
}: ScoredInParts): Partial<Pick<ScoredInParts, 'timedOut' | 'failed'>> {
  return { ...(timedOut.length > 0 ? { timedOut } : {}), ...(failed.length > 0 ? { failed } : {}) };
}
