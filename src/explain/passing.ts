import type { Attributions } from '../flow/attributions.ts';
import type { Standing } from './direction.ts';

/** The events of the background with their scores, explained. */
export interface ExplainedBackground {
  readonly scores: Float64Array;
  readonly attributions: Attributions;
}

/** The events just on the better side of a limit: this many, or this part of the background. */
const LEAST_EVENTS = 10;
const SHARE = 0.1;

/**
 * What the fields of those events contribute on average whose scores got the next better decision
 * just so. Contributions relative to them are the difference; they add up to the difference of the
 * scores. Undefined in the best band, and where no event of the background is on the better side:
 * then all of the background is what is left to compare with.
 */
export function passingMeans(
  { scores, attributions: { columns, values } }: ExplainedBackground,
  { worse, limit }: Standing,
): Float64Array | undefined {
  if (limit === undefined) return undefined;
  const better = [...scores.keys()].filter((row) => worse * scores[row]! < worse * limit);
  if (better.length === 0) return undefined;
  better.sort((a, b) => worse * (scores[b]! - scores[a]!) || a - b);
  const nearest = better.slice(0, Math.max(LEAST_EVENTS, Math.ceil(SHARE * scores.length)));
  const means = new Float64Array(columns);
  for (const row of nearest)
    for (let i = 0; i < columns; i++) means[i]! += values[row * columns + i]!;
  return means.map((sum) => sum / nearest.length);
}
