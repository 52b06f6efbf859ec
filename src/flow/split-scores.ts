import type { Scores } from './scores.ts';

/** Rows of a batch that were scored together with those of other batches. */
export interface ScoredPart {
  /** In the order in which they were scored. */
  readonly rows: readonly number[];
  /** The rows of the whole batch. */
  readonly size: number;
}

/**
 * The scores of each batch whose rows a model scored together, those of one batch after those of the
 * other. Rows that were not asked for are NaN. Nothing is said of the time: it belongs to all of them.
 */
export function splitScores(
  scores: Omit<Scores, 'degraded'>,
  parts: readonly ScoredPart[],
): Scores[] {
  const { models, modelOf, classes } = scores;
  const width = classes?.length ?? 0;
  let end = 0;
  return parts.map(({ rows, size }) => {
    const start = end;
    end += rows.length;
    const isOwn = (row: number): boolean => row >= start && row < start + rows.length;
    const score = new Float64Array(size).fill(NaN);
    const perClass = scores.perClass === null ? null : new Float64Array(size * width).fill(NaN);
    const ownModels = modelOf === null ? null : new Uint8Array(size);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      score[row] = scores.score[start + i]!;
      if (ownModels !== null) ownModels[row] = modelOf![start + i]!;
      for (let column = 0; column < width; column++)
        perClass![row * width + column] = scores.perClass![(start + i) * width + column]!;
    }
    return {
      models,
      modelOf: ownModels,
      score,
      classes,
      perClass,
      timedOut: (scores.timedOut ?? []).filter(isOwn).map((row) => rows[row - start]!),
      failed: (scores.failed ?? [])
        .filter(({ row }) => isOwn(row))
        .map((one) => ({ ...one, row: rows[one.row - start]! })),
    };
  });
}
