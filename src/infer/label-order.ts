import type { OnnxGraph, OnnxNode } from '../onnx/protobuf-onnx.ts';
import { PER_ROW, pickedColumn, traceBack, type Step } from './trace-back.ts';

/**
 * Class names in the order of the index with which a node looks them up, or of the columns of a
 * classifier.
 */
interface Named {
  readonly names: readonly string[];
  readonly by: OnnxNode;
}

/** The index with which a node that is not a classifier finds a name. */
export function indexOf({ operator, inputs }: OnnxNode): string | undefined {
  return inputs[operator === 'LabelEncoder' || operator === 'Where' ? 0 : 1];
}

/**
 * The names in the order of the columns of a tensor. Those of a classifier already have it. Those
 * that are looked up have the order in which the index is computed from the columns. Undefined if
 * this is not clear: a wrong name is worse than none.
 */
export function columnsOfNames(
  graph: OnnxGraph,
  tensor: string,
  { names, by }: Named,
): readonly string[] | undefined {
  if (by.classes !== undefined) return names;
  const index = indexOf(by);
  if (index === undefined) return undefined;
  const score = traceBack(graph, tensor, PER_ROW);
  const way = traceBack(graph, index);
  const last = way.at(-1)!;
  const isLargest = last.by?.operator === 'ArgMax';
  const straight = isLargest ? ofLargest(graph, last, way, score) : ofOneColumn(graph, way, score);
  if (straight === undefined || (names.length > 2 && !(isLargest && straight))) return undefined;
  return straight ? names : [...names].reverse();
}

/** The index of the largest column, possibly inverted or mapped to 0 and 1. */
function ofLargest(
  graph: OnnxGraph,
  last: Step,
  way: readonly Step[],
  score: readonly Step[],
): boolean | undefined {
  // another index
  if (way.some(({ by }) => by?.operator === 'Add' || by?.operator === 'Sub')) return undefined;
  const met = meeting(traceBack(graph, last.by!.inputs[0]!, PER_ROW), score);
  return met === true ? last.grows : undefined;
}

/** 0 or 1, depending on whether one of two columns is above a limit, or above the other. */
function ofOneColumn(
  graph: OnnxGraph,
  way: readonly Step[],
  score: readonly Step[],
): boolean | undefined {
  const last = way.at(-1)!;
  const column =
    columnTaken(graph, last, score) ??
    columnJoined(graph, way, score) ??
    columnAbove(graph, last, score);
  return column === undefined ? undefined : (column === 1) === last.grows;
}

/** The column of the score tensor that is larger if the value of the step is larger. */
function columnTaken(graph: OnnxGraph, step: Step, score: readonly Step[]): number | undefined {
  const taken = pickedColumn(graph, step);
  if (taken === undefined) return undefined;
  const met = meeting(traceBack(graph, taken.from, PER_ROW), score);
  return met === undefined ? undefined : met ? taken.column : 1 - taken.column;
}

/** The score tensor joins two columns, and the index is computed from one of them. */
function columnJoined(
  graph: OnnxGraph,
  way: readonly Step[],
  score: readonly Step[],
): number | undefined {
  const { by, grows } = score.at(-1)!;
  if (by?.operator !== 'Concat' || by.inputs.length !== 2) return undefined;
  for (const column of [1, 0]) {
    const met = meeting(way, traceBack(graph, by.inputs[column]!));
    // The last step represents all of them, so the ones in between count twice.
    if (met !== undefined) return (met === way.at(-1)!.grows) === grows ? column : 1 - column;
  }
  return undefined;
}

/** `Greater(p1, p0)`: the column that is compared with the other. */
function columnAbove(graph: OnnxGraph, { by }: Step, score: readonly Step[]): number | undefined {
  const sign = /^(Greater|Less)(OrEqual)?$/.exec(by?.operator ?? '')?.[1];
  if (sign === undefined) return undefined;
  const columns = by!.inputs.map((input) => {
    const way = traceBack(graph, input);
    const column = columnTaken(graph, way.at(-1)!, score) ?? columnJoined(graph, way, score);
    return column === undefined || way.at(-1)!.grows ? column : undefined;
  });
  const [one, other] = columns;
  if (one === undefined || other === undefined || one === other) return undefined;
  return sign === 'Greater' ? one : other;
}

/** Whether two ways meet, and whether a number that grows on one way also grows on the other. */
function meeting(one: readonly Step[], other: readonly Step[]): boolean | undefined {
  for (const step of one) {
    const met = other.find(({ tensor }) => tensor === step.tensor);
    if (met !== undefined) return met.grows === step.grows;
  }
  return undefined;
}
