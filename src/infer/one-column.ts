import { indexOf } from './label-order.ts';
import { isHead, namedClasses, type Named } from './class-names.ts';
import type { OnnxGraph } from '../onnx/protobuf-onnx.ts';
import { PER_ROW, pickedColumn, traceBack, type Step, type PickedColumn } from './trace-back.ts';

/** Two classes. A tensor with one column has the probability of one of them. */
export interface BinaryColumn {
  readonly names: readonly string[];
  /** Which one it is, if the graph shows it. */
  readonly column: 0 | 1 | undefined;
}

/**
 * What the file says about a score in one column (a sigmoid), if it names two classes. `classes`:
 * those that the output itself declares.
 */
export function oneColumn(
  graph: OnnxGraph | undefined,
  { tensor, classes }: { readonly tensor: string; readonly classes?: readonly string[] },
): BinaryColumn | undefined {
  if (classes?.length === 2 && classes[0] !== classes[1])
    return { names: classes, column: undefined };
  if (graph === undefined || classes !== undefined) return undefined;
  const named = namedClasses(graph, tensor, 2, isHead);
  return named && { names: named.names, column: columnOf(graph, tensor, named) };
}

function columnOf(graph: OnnxGraph, tensor: string, { by }: Named): 0 | 1 | undefined {
  const score = traceBack(graph, tensor);
  const column = (last: boolean): 0 | 1 => (last ? 1 : 0);
  const taken = pickedColumn(graph, score.at(-1)!);
  if (by.classes !== undefined) {
    const { grows } = score.at(-1)!;
    const from = taken === undefined ? undefined : traceBack(graph, taken.from, PER_ROW).at(-1)!;
    if (taken !== undefined)
      return from!.by === by && from!.grows ? column((taken.column === 1) === grows) : undefined;
    // A classifier with two labels and one column returns the probability of the second label.
    return score.at(-1)!.by === by && by.outputs[1] === score.at(-1)!.tensor
      ? column(grows)
      : undefined;
  }
  const index = indexOf(by);
  if (index === undefined) return undefined;
  const label = traceBack(graph, index);
  const met = label.find((step) => score.some((other) => other.tensor === step.tensor));
  if (met !== undefined)
    return column(met.grows === score.find((step) => step.tensor === met.tensor)!.grows);
  return byLargest(graph, label.at(-1)!, score, taken);
}

/** `ArgMax`: the label belongs to the larger of two columns. */
function byLargest(
  graph: OnnxGraph,
  label: Step,
  score: readonly Step[],
  taken: PickedColumn | undefined,
): 0 | 1 | undefined {
  const of = label.by?.operator === 'ArgMax' && label.grows ? label.by.inputs[0] : undefined;
  if (of === undefined) return undefined;
  const compared = traceBack(graph, of, PER_ROW);
  if (taken !== undefined) {
    const from = traceBack(graph, taken.from, PER_ROW);
    const met = compared.find((step) => from.some(({ tensor }) => tensor === step.tensor));
    if (met === undefined || met.grows !== from.find(({ tensor }) => tensor === met.tensor)!.grows)
      return undefined;
    return (taken.column === 1) === score.at(-1)!.grows ? 1 : 0;
  }
  const { by, grows: upright } = compared.at(-1)!;
  if (by?.operator !== 'Concat' || by.inputs.length !== 2) return undefined;
  for (const last of [true, false]) {
    const met = traceBack(graph, by.inputs[last ? 1 : 0]!).find((step) =>
      score.some(({ tensor }) => tensor === step.tensor),
    );
    if (met === undefined) continue;
    const grows = met.grows === score.find(({ tensor }) => tensor === met.tensor)!.grows;
    return (grows === last) === upright ? 1 : 0;
  }
  return undefined;
}
