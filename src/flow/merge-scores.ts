import type { DegradedRow, FailedRow, ModelIdentity, Scores } from './scores.ts';

/** Some rows of a batch, in the order in which a model scored them. */
export interface ScoredRows {
  /** By row of the scores: the row of the batch; -1: this score is not used. */
  readonly rows: Int32Array;
  readonly scores: Scores;
}

/** What fits into a byte. */
const MAX_MODELS = 256;

/**
 * Combines the scores of several models for one batch. Rows that no model scored are NaN. Throws if
 * the models do not have the same classes in the same order, because a batch has one list of them.
 */
export function mergeScores(parts: readonly ScoredRows[], rows: number): Scores {
  const [first] = parts;
  if (first === undefined) throw new RangeError('there are no scores to merge');
  const { classes } = first.scores;
  const width = classes?.length ?? 0;
  const models: ModelIdentity[] = [];
  const modelOf = new Uint8Array(rows);
  const score = new Float64Array(rows).fill(NaN);
  const perClass = classes === null ? null : new Float64Array(rows * width).fill(NaN);
  const timedOut: number[] = [];
  const failed: FailedRow[] = [];
  const degraded: DegradedRow[] = [];
  let seconds = 0;
  for (const { rows: rowOf, scores } of parts) {
    if (!hasClasses(scores, classes))
      throw new RangeError(
        `models of one batch have different classes: ${namesOf(classes)} and ${namesOf(scores.classes)}`,
      );
    const indexes = scores.models.map((model) => indexIn(models, model));
    for (let i = 0; i < rowOf.length; i++) {
      const row = rowOf[i]!;
      if (row < 0) continue;
      modelOf[row] = indexes[scores.modelOf === null ? 0 : scores.modelOf[i]!]!;
      score[row] = scores.score[i]!;
      perClass?.set(scores.perClass!.subarray(i * width, (i + 1) * width), row * width);
    }
    for (const i of scores.timedOut ?? []) if (rowOf[i]! >= 0) timedOut.push(rowOf[i]!);
    for (const failure of scores.failed ?? []) {
      const row = rowOf[failure.row]!;
      if (row >= 0) failed.push({ ...failure, row });
    }
    for (const { row: i, code } of scores.degraded ?? [])
      if (rowOf[i]! >= 0) degraded.push({ row: rowOf[i]!, code });
    seconds += scores.seconds ?? 0;
  }
  return {
    models,
    modelOf: models.length === 1 ? null : modelOf,
    score,
    classes,
    perClass,
    timedOut,
    failed,
    ...(degraded.length === 0 ? {} : { degraded }),
    seconds,
  };
}

/** The same version counts once, even if several objects name it. */
function indexIn(models: ModelIdentity[], model: ModelIdentity): number {
  const found = models.findIndex(
    ({ name, version, sha256 }) =>
      name === model.name && version === model.version && sha256 === model.sha256,
  );
  if (found !== -1) return found;
  if (models.length === MAX_MODELS)
    throw new RangeError(`a batch has at most ${MAX_MODELS} models`);
  return models.push(model) - 1;
}

function hasClasses({ classes }: Scores, expected: Scores['classes']): boolean {
  if (classes === null || expected === null) return classes === expected;
  return classes.length === expected.length && classes.every((name, i) => name === expected[i]);
}

function namesOf(classes: Scores['classes']): string {
  return classes === null ? 'none' : classes.join(', ');
}
