import { NOTHING_DECIDED, type Decisions, type Scores } from '../flow/scores.ts';

export interface Band {
  /** Scores below this belong to the band; the last band has no end. */
  readonly upTo?: number | undefined;
  /**
   * Instead of `upTo`, if lower scores are worse and the bands go from high to low: scores above
   * this belong to the band.
   */
  readonly downTo?: number | undefined;
  readonly decision: string;
}

export interface Bands {
  readonly policy: string | null;
  readonly bands: readonly Band[];
}

export type Decide = (scores: Scores) => Decisions;

/**
 * Makes the stage that turns scores into decisions: the first band whose `upTo` is above the score,
 * or whose `downTo` is below it. Without bands, null.
 */
export function createDecide(bands: Bands | null): Decide {
  if (bands === null) return () => NOTHING_DECIDED;
  const names = [...new Set(bands.bands.map((band) => band.decision))];
  const deciders = ['bands'];
  // Bands from high to low are bands of the negative score from low to high.
  const sign = bands.bands.some(({ downTo }) => downTo !== undefined) ? -1 : 1;
  const limits = Float64Array.from(
    bands.bands,
    ({ upTo, downTo }) => sign * (upTo ?? downTo ?? sign * Infinity),
  );
  const decision = Uint16Array.from(bands.bands, (band) => names.indexOf(band.decision));
  return function decide({ score }) {
    const index = new Uint16Array(score.length);
    for (let row = 0; row < score.length; row++) {
      let band = 0;
      while (band < limits.length - 1 && !(sign * score[row]! < limits[band]!)) band++;
      index[row] = decision[band]!;
    }
    return { ...NOTHING_DECIDED, policy: bands.policy, names, index, deciders };
  };
}
