import type { Decisions, Scores } from '../flow/scores.ts';

export interface Band {
  /** Scores below this belong to the band; the last band has no upper end. */
  readonly upTo?: number | undefined;
  readonly decision: string;
}

export interface Bands {
  readonly policy: string | null;
  readonly bands: readonly Band[];
}

export type Decide = (scores: Scores) => Decisions;

/** Makes the stage that turns scores into decisions: the first band whose `upTo` is above the score. Without bands, null. */
export function createDecide(bands: Bands | null): Decide {
  if (bands === null) return () => ({ policy: null, names: [], index: null });
  const names = [...new Set(bands.bands.map((band) => band.decision))];
  const limits = Float64Array.from(bands.bands, (band) => band.upTo ?? Infinity);
  const decision = Uint8Array.from(bands.bands, (band) => names.indexOf(band.decision));
  return function decide({ score }) {
    const index = new Uint8Array(score.length);
    for (let row = 0; row < score.length; row++) {
      let band = 0;
      while (band < limits.length - 1 && !(score[row]! < limits[band]!)) band++;
      index[row] = decision[band]!;
    }
    return { policy: bands.policy, names, index };
  };
}
