import type { InputTensor } from '../flow/tensors.ts';
import { takeRows } from './probe-rows.ts';
import { TimedOut } from './not-scored.ts';
import type { Scored } from './worker.ts';

/** A batch that took too long is split into so many: a single row is reached in a third of the rounds that halves take. */
const PARTS = 8;

export interface ScoredInTime extends Scored {
  /** Rows that the model does not answer in time, each by itself; their numbers are NaN. */
  readonly timedOut: readonly number[];
}

export interface WithinTime {
  readonly score: (tensors: readonly InputTensor[], rows: number) => Promise<Scored>;
  readonly onTimeout: (rows: number) => void;
}

/** Scores a batch; where the model does not answer for it in time, its parts, down to single rows. */
export async function scoreWithinTime(
  tensors: readonly InputTensor[],
  rows: number,
  options: WithinTime,
): Promise<ScoredInTime> {
  try {
    return { ...(await options.score(tensors, rows)), timedOut: [] };
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    options.onTimeout(rows);
  }
  if (rows === 1) return { score: Float64Array.of(NaN), perClass: null, seconds: 0, timedOut: [0] };
  const size = Math.ceil(rows / PARTS);
  const parts: { readonly from: number; readonly scored: ScoredInTime }[] = [];
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from);
    const part = takeRows(
      tensors,
      Array.from({ length: count }, (_, i) => from + i),
    );
    parts.push({ from, scored: await scoreWithinTime(part, count, options) });
  }
  return joined(parts, rows);
}

function joined(
  parts: readonly { readonly from: number; readonly scored: ScoredInTime }[],
  rows: number,
): ScoredInTime {
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
  return { score, perClass: some === undefined ? null : perClass, seconds, timedOut };
}
