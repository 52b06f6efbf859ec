/** How well scores separate positive from negative events, whatever the bands. */
export interface Ranking {
  readonly positives: number;
  readonly negatives: number;
  /** Area under the ROC curve: how often a positive event is the worse one of a pair. */
  readonly rocAuc: number | null;
  /** Average precision: the area under the steps of the precision-recall curve. */
  readonly averagePrecision: number | null;
  /** Points of the curve, from the highest threshold to the lowest. */
  readonly curve: readonly CurvePoint[];
}

export interface CurvePoint {
  /** Events with this score or a worse one are taken. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
}

/** As many points at most are kept of a curve. The areas are exact. */
const MAX_POINTS = 200;

/**
 * Both lists are sorted from low to high, and a higher score is worse. (Where lower scores are
 * worse, they are given as negative numbers.)
 */
export function rankingOf(positives: Float64Array, negatives: Float64Array): Ranking {
  const [p, n] = [positives.length, negatives.length];
  const curve: CurvePoint[] = [];
  let wins = 0; // pairs in which the positive event has the higher score; half of a tie
  let averagePrecision = 0;
  let [i, j] = [p, n];
  let kept = -1;
  while (i > 0 || j > 0) {
    const threshold = Math.max(positives[i - 1] ?? -Infinity, negatives[j - 1] ?? -Infinity);
    const [wasP, wasN] = [i, j];
    while (i > 0 && positives[i - 1] === threshold) i--;
    while (j > 0 && negatives[j - 1] === threshold) j--;
    const [more, moreN] = [wasP - i, wasN - j];
    wins += more * j + (more * moreN) / 2;
    const precision = (p - i) / (p - i + n - j);
    const recall = p === 0 ? 0 : (p - i) / p;
    averagePrecision += p === 0 ? 0 : (more / p) * precision;
    const step = Math.floor(recall * MAX_POINTS);
    if (step === kept && (i > 0 || j > 0)) continue;
    kept = step;
    curve.push({ threshold, precision, recall });
  }
  return {
    positives: p,
    negatives: n,
    rocAuc: p > 0 && n > 0 ? wins / (p * n) : null,
    averagePrecision: p > 0 ? averagePrecision : null,
    curve,
  };
}
