import type { BandSettings } from '../flow/policy-settings.ts';

/** Where a score stands in a list of bands. */
export interface Standing {
  /** 1: higher scores are worse; -1: lower scores are. */
  readonly worse: 1 | -1;
  /** The place of the band; 0 is the best one. */
  readonly band: number;
  /** The limit to the next better band; undefined in the best one. */
  readonly limit: number | undefined;
}

/**
 * Says where scores stand. Bands go from good to bad: with `upTo` higher scores are worse, with
 * `downTo` lower ones.
 */
export function standings(bands: readonly BandSettings[]): (score: number) => Standing {
  const worse = worseOf(bands);
  const limits = bands.map(({ upTo, downTo }) => worse * (upTo ?? downTo ?? worse * Infinity));
  const last = bands.length - 1;
  const all = bands.map((_, band): Standing => ({
    worse,
    band,
    limit: band === 0 ? undefined : worse * limits[band - 1]!,
  }));
  return (score) => {
    let band = 0;
    while (band < last && !(worse * score < limits[band]!)) band++;
    return all[band]!;
  };
}

function worseOf(bands: readonly BandSettings[]): 1 | -1 {
  return bands.some(({ downTo }) => downTo !== undefined) ? -1 : 1;
}
