import type { ScorerError } from '../errors.ts';
import { oneColumnQuestion, quoted, unknownClassQuestion, yamlText } from './class-question.ts';
import type { OutputSpec } from './model-description.ts';
import type { BinaryColumn } from './one-column.ts';
import { columnOf, type ScoreChoice } from './score-choice.ts';

interface Given {
  /** Both classes, in their order. */
  readonly labels: readonly string[];
  /** The column of the model; undefined: only model.yaml names the classes. */
  readonly one: BinaryColumn | undefined;
  readonly refuse: (what: string, at: string, remedy: string) => ScorerError;
}

/**
 * The score of a model with one column and two classes: exporters write the probability of the
 * second. Throws MODEL_OUTPUT if model.yaml asks for the other class: one minus the column is a
 * number that the model does not return.
 */
export function chooseBinaryScore(
  spec: OutputSpec,
  output: string,
  { labels, one, refuse }: Given,
): ScoreChoice {
  const known = one === undefined || one.column !== undefined;
  const own = one?.column ?? 1;
  const [label, other] = [labels[own]!, labels[1 - own]!];
  const take = (name: string | undefined, question?: string): ScoreChoice => ({
    column: 0,
    classes: null,
    scoreFrom: `${output}[:,0]${name === undefined ? '' : ` = ${quoted(name)}`}`,
    question,
  });
  const { column, class: wanted } = spec.score ?? {};
  if (wanted !== undefined) {
    if (columnOf(wanted, labels, output, refuse) === own) return take(label);
    const [what, remedy] = known
      ? [
          `outputs.score.class is ${quoted(other)}, but ${output} has one column, the probability of ${quoted(label)}`,
          `Export the model with a column for each class. Or write { class: ${yamlText(label)} } and adapt the bands: if that score is high, ${quoted(other)} is unlikely.`,
        ]
      : [
          `outputs.score.class is ${quoted(other)}, but ${output} has one column and the model does not say which class it belongs to; it is usually the last, ${quoted(label)}`,
          `Export the model with a column for each class. Or, if you know which class the column belongs to, write outputs: { score: { column: 0 } }.`,
        ];
    throw refuse(what, 'outputs.score.class', remedy);
  }
  if (column !== undefined) {
    if (column === 0) return take(known ? label : undefined);
    const remedy = `Set column: 0: it is ${known ? `the probability of ${quoted(label)}` : 'the only column'}.`;
    throw refuse(
      `outputs.score.column is ${column}, but ${output} has only one column (0)`,
      'outputs.score',
      remedy,
    );
  }
  return known
    ? take(label, oneColumnQuestion(label, other, output))
    : take(undefined, unknownClassQuestion(labels, output));
}
