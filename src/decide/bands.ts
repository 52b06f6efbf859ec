import type { BandSettings } from '../flow/policy-settings.ts';

/** The index of the decision for a score. */
export type DecideBand = (score: number) => number;

/**
 * The first band whose `upTo` is above the score, or whose `downTo` is below it. `indexOf`: the
 * index of a decision among all of the policy.
 */
export function bandsOf(
  bands: readonly BandSettings[],
  indexOf: (decision: string) => number,
): DecideBand {
  // Bands from high to low are bands of the negative score from low to high.
  const sign = bands.some(({ downTo }) => downTo !== undefined) ? -1 : 1;
  const limits = Float64Array.from(
    bands,
    ({ upTo, downTo }) => sign * (upTo ?? downTo ?? sign * Infinity),
  );
  const decision = Uint16Array.from(bands, (band) => indexOf(band.decision));
  return (score) => {
    let band = 0;
    while (band < limits.length - 1 && !(sign * score < limits[band]!)) band++;
    return decision[band]!;
  };
}
