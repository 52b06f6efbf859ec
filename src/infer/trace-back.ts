import { producersOf, type OnnxGraph, type OnnxNode } from '../onnx/protobuf-onnx.ts';

/** Grows: the tensor is larger if the final one is larger; otherwise it is smaller. */
export interface Step {
  readonly tensor: string;
  readonly grows: boolean;
  /** The node that computes it. */
  readonly by: OnnxNode | undefined;
}

export interface PickedColumn {
  readonly from: string;
  readonly column: 0 | 1;
}

/** Which of two columns a node uses. */
export function pickedColumn(graph: OnnxGraph, { tensor, by }: Step): PickedColumn | undefined {
  const [from] = by?.inputs ?? [];
  if (by === undefined || from === undefined) return undefined;
  const { operator, inputs, outputs } = by;
  let column: number | undefined;
  if (operator === 'Split' && outputs.length === 2) column = outputs.indexOf(tensor);
  if (
    operator === 'Gather' ||
    operator === 'ArrayFeatureExtractor' ||
    (operator === 'Slice' && isAcross(graph, by))
  ) {
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

const SAME = new Set(
  'Identity Cast Reshape Squeeze Unsqueeze Flatten Sigmoid Round Sign Clip Tanh Softsign Exp Log Sqrt Dropout Relu'.split(
    ' ',
  ),
);
/** The order of the numbers in a row stays the same as well. */
export const PER_ROW = new Set([...SAME, 'Softmax', 'LogSoftmax', 'LpNormalization']);
const TURNED = new Set(['Neg', 'Not']);
const COMPARED = new Set(['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Sub', 'Add']);

const MAX_STEPS = 20;

/**
 * The tensors from which a tensor is computed, starting with itself, as long as it is clear whether
 * it grows with them.
 */
export function traceBack(
  graph: OnnxGraph,
  tensor: string,
  same: ReadonlySet<string> = SAME,
): Step[] {
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
    } else if (
      same === PER_ROW &&
      (operator === 'Sub' || operator === 'Div') &&
      isOfRow(makers, inputs[1])
    ) {
      [next] = inputs;
    } else if (operator === 'Equal') {
      const which = inputs.map((input) => graph.constant(input)?.join());
      const asked = which.findIndex((value) => value === '0' || value === '1');
      if (asked === -1) break;
      next = inputs[1 - asked];
      if (which[asked] === '0') grows = !grows;
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
  return (
    maker === undefined ||
    maker.operator === 'Constant' ||
    (maker.operator === 'Cast' && isFixed(makers, maker.inputs[0]!))
  );
}

/** One number per row from all of its columns: their sum, or the largest. */
function isOfRow(makers: ReadonlyMap<string, OnnxNode>, tensor: string | undefined): boolean {
  let by = makers.get(tensor ?? '');
  for (let steps = 0; by !== undefined && SAME.has(by.operator) && steps < MAX_STEPS; steps++)
    by = makers.get(by.inputs[0] ?? '');
  return by?.operator.startsWith('Reduce') === true;
}
