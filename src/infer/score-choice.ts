import type { ScorerError } from '../errors.ts';
import { nearest } from '../runtime/nearest.ts';
import { quoted } from './class-question.ts';

export interface ScoreChoice {
  /**
   * The column with the score; null: the highest of the row, the probability of the most probable
   * class.
   */
  readonly column: number | null;
  /** Names of all columns, if scores by class are written. */
  readonly classes: readonly string[] | null;
  /** For people: `probabilities[:,1] = "fraud"`. */
  readonly scoreFrom: string;
  /** A question if a person should say which class is meant. */
  readonly question: string | undefined;
}

/** The column of a class in an output. Throws MODEL_OUTPUT with `refuse`. */
export function columnOf(
  wanted: string,
  labels: readonly string[] | undefined,
  output: string,
  refuse: (what: string, at: string, remedy: string) => ScorerError,
): number {
  if (labels === undefined) {
    const what = `outputs.score.class is ${quoted(wanted)}, but the columns of ${output} have no class names`;
    throw refuse(
      what,
      'outputs.score.class',
      'Name the class of each column in outputs.classes, or set outputs.score.column.',
    );
  }
  const found = labels.indexOf(wanted);
  if (found !== -1) return found;
  const near = nearest(wanted, labels);
  const list = labels.map(quoted).join(', ');
  const what = `${output} has no class ${quoted(wanted)}; it has ${list}`;
  throw refuse(
    what,
    'outputs.score.class',
    near === undefined ? `Choose one of ${list}.` : `Did you mean ${near}?`,
  );
}
