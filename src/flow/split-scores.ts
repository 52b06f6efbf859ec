import type { Scores } from './scores.ts';

/** Rows of a batch that were scored together with those of other batches. */
export interface ScoredPart {
  /** In the order in which they were scored, which is that of the batch. */
  readonly rows: ArrayLike<number>;
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
    const whole = rows.length === size; // then they are in the order of the batch
    const isOwn = (row: number): boolean => row >= start && row < start + rows.length;
    const own = { rows, start };
    const score = whole
      ? scores.score.subarray(start, end)
      : placed(scores.score, own, 1, new Float64Array(size).fill(NaN));
    const perClass =
      scores.perClass &&
      (whole
        ? scores.perClass.subarray(width * start, width * end)
        : placed(scores.perClass, own, width, new Float64Array(width * size).fill(NaN)));
    return {
      models,
      modelOf: modelOf && placed(modelOf, own, 1, new Uint8Array(size)),
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

/** Puts the numbers of scored rows, `width` each, where their rows are in the batch. */
function placed<T extends Float64Array | Uint8Array>(
  from: T,
  { rows, start }: { readonly rows: ArrayLike<number>; readonly start: number },
  width: number,
  into: T,
): T {
  for (let i = 0; i < rows.length; i++)
    for (let column = 0; column < width; column++)
      into[rows[i]! * width + column] = from[(start + i) * width + column]!;
  return into;
}
