import { isHead, namedClasses, type Named } from './class-names.ts';
import { producersOf, type OnnxGraph, type OnnxNode } from './protobuf-onnx.ts';

/** Two classes of which a tensor with one column has the probability of one. */
export interface OneOfTwo {
  readonly names: readonly string[];
  /** Which of them it is, where the graph says so. */
  readonly column: 0 | 1 | undefined;
}

/** What the file says of a score in one column (a sigmoid), where it names two classes: `classes` by the output itself. */
export function oneColumn(
  graph: OnnxGraph | undefined,
  { tensor, classes }: { readonly tensor: string; readonly classes?: readonly string[] },
): OneOfTwo | undefined {
  if (classes?.length === 2 && classes[0] !== classes[1]) return { names: classes, column: undefined };
  if (graph === undefined || classes !== undefined) return undefined;
  const named = namedClasses(graph, tensor, 2, isHead);
  return named && { names: named.names, column: columnOf(graph, tensor, named) };
}

/** Grows: the tensor is larger where the one that is asked about is larger; otherwise it is smaller there. */
interface Step {
  readonly tensor: string;
  readonly grows: boolean;
  /** The node that makes it. */
  readonly by: OnnxNode | undefined;
}

function columnOf(graph: OnnxGraph, tensor: string, { by }: Named): 0 | 1 | undefined {
  const score = wayBack(graph, tensor);
  const column = (last: boolean): 0 | 1 => (last ? 1 : 0);
  const taken = takenColumn(graph, score.at(-1)!);
  if (by.classes !== undefined) {
    const { grows } = score.at(-1)!;
    const from = taken === undefined ? undefined : wayBack(graph, taken.from, PER_ROW).at(-1)!;
    if (taken !== undefined) return from!.by === by && from!.grows ? column((taken.column === 1) === grows) : undefined;
    // A classifier with two labels and one column has that of the second there.
    return score.at(-1)!.by === by && by.outputs[1] === score.at(-1)!.tensor ? column(grows) : undefined;
  }
  const index = by.inputs[by.operator === 'LabelEncoder' ? 0 : 1];
  if (index === undefined) return undefined;
  const label = wayBack(graph, index);
  const met = label.find((step) => score.some((other) => other.tensor === step.tensor));
  if (met !== undefined) return column(met.grows === score.find((step) => step.tensor === met.tensor)!.grows);
  return byLargest(graph, label.at(-1)!, score, taken);
}

/** `ArgMax`: the label is that of the larger of two columns. */
function byLargest(graph: OnnxGraph, label: Step, score: readonly Step[], taken: Taken | undefined): 0 | 1 | undefined {
  const of = label.by?.operator === 'ArgMax' && label.grows ? label.by.inputs[0] : undefined;
  if (of === undefined) return undefined;
  const compared = wayBack(graph, of, PER_ROW);
  if (taken !== undefined) {
    const from = wayBack(graph, taken.from, PER_ROW);
    const met = compared.find((step) => from.some(({ tensor }) => tensor === step.tensor));
    if (met === undefined || met.grows !== from.find(({ tensor }) => tensor === met.tensor)!.grows) return undefined;
    return (taken.column === 1) === score.at(-1)!.grows ? 1 : 0;
  }
  const { by, grows: upright } = compared.at(-1)!;
  if (by?.operator !== 'Concat' || by.inputs.length !== 2) return undefined;
  for (const last of [true, false]) {
    const met = wayBack(graph, by.inputs[last ? 1 : 0]!).find((step) => score.some(({ tensor }) => tensor === step.tensor)); // prettier-ignore
    if (met === undefined) continue;
    const grows = met.grows === score.find(({ tensor }) => tensor === met.tensor)!.grows;
    return (grows === last) === upright ? 1 : 0;
  }
  return undefined;
}

interface Taken {
  readonly from: string;
  readonly column: 0 | 1;
}

/** Which of two columns a node takes. */
function takenColumn(graph: OnnxGraph, { tensor, by }: Step): Taken | undefined {
  const [from] = by?.inputs ?? [];
  if (by === undefined || from === undefined) return undefined;
  const { operator, inputs, outputs } = by;
  let column: number | undefined;
  if (operator === 'Split' && outputs.length === 2) column = outputs.indexOf(tensor);
  if (operator === 'Gather' || operator === 'ArrayFeatureExtractor' || (operator === 'Slice' && isAcross(graph, by))) {
    const at = graph.constant(inputs[1] ?? '');
    if (at?.length === 1) column = Number(at[0]);
  }
  if (column === 0 || column === -2) return { from, column: 0 };
  return column === 1 || column === -1 ? { from, column: 1 } : undefined;
}

function isAcross(graph: OnnxGraph, { inputs }: OnnxNode): boolean {
  const axes = graph.constant(inputs[3] ?? '');
  return axes?.length === 1 && (axes[0] === '1' || axes[0] === '-1');
}

const SAME = new Set('Identity Cast Reshape Squeeze Unsqueeze Flatten Sigmoid Round Sign Clip Tanh Softsign Exp Log Sqrt Dropout Relu'.split(' ')); // prettier-ignore
/** The order of a row's numbers is kept as well. */
const PER_ROW = new Set([...SAME, 'Softmax', 'LogSoftmax']);
const TURNED = new Set(['Neg', 'Not']);
const COMPARED = new Set(['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Sub', 'Add']);

/** The tensors that a tensor is made of, as long as it is plain whether it grows with them: itself first. */
function wayBack(graph: OnnxGraph, tensor: string, same: ReadonlySet<string> = SAME): Step[] {
  const makers = producersOf(graph);
  const steps: Step[] = [];
  let [next, grows]: [string | undefined, boolean] = [tensor, true];
  while (next !== undefined && !steps.some((step) => step.tensor === next)) {
    const by = makers.get(next);
    steps.push({ tensor: next, grows, by });
    if (by === undefined) break;
    const { operator, inputs } = by;
    next = undefined;
    if (same.has(operator) || TURNED.has(operator)) {
      [next] = inputs;
      if (TURNED.has(operator)) grows = !grows;
    } else if (COMPARED.has(operator)) {
      const made = inputs.map((input) => !isFixed(makers, input));
      if (made[0] === made[1]) break;
      next = inputs[made[0] ? 0 : 1];
      if (made[0] === operator.startsWith('Less')) grows = operator === 'Add' ? grows : !grows;
    }
  }
  return steps;
}

function isFixed(makers: ReadonlyMap<string, OnnxNode>, tensor: string): boolean {
  const maker = makers.get(tensor);
  return maker === undefined || maker.operator === 'Constant' || (maker.operator === 'Cast' && isFixed(makers, maker.inputs[0]!)); // prettier-ignore
}
