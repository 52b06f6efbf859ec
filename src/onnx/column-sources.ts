import { blurOf, laid, sizeOf, type Columns, type Source, type Sources } from './columns.ts';
import { columnsOfNode } from './column-steps.ts';
import { readGraph } from './protobuf-nodes.ts';

export interface ColumnSources {
  /** The inputs that the tensor is computed from. */
  readonly inputs: readonly string[];
  /** For each column of the tensor, which has this many, what it is computed from at most. */
  readonly of: (width: number) => readonly (readonly Source[])[];
}

/**
 * What the columns of a tensor inside of a model are computed from, by the structure of the model.
 * Where an operator is not known, each of its numbers is taken to depend on all that it reads.
 * `widths`: numbers of a row, by input.
 */
export function columnSources(
  model: Uint8Array,
  tensor: string,
  widths: ReadonlyMap<string, number>,
): ColumnSources {
  const graph = readGraph(model);
  const known = new Map<string, Columns>();
  const columnsOf = (name: string): Columns => {
    const before = known.get(name);
    if (before !== undefined) return before;
    known.set(name, { blur: [] });
    const found = followed(name);
    known.set(name, found);
    return found;
  };
  const followed = (name: string): Columns => {
    const dims = graph.inputs.get(name);
    if (dims !== undefined) return ofInput(name, dims, widths.get(name) ?? 0);
    const node = graph.maker(name);
    return node === undefined ? { blur: [] } : columnsOfNode(node, graph, columnsOf);
  };
  const columns = columnsOf(tensor);
  const fed = [...known.keys()].filter((name) => graph.inputs.has(name));
  return {
    inputs: fed,
    of: (width) => {
      if (!('blur' in columns) && columns.sources.length === width) return columns.sources;
      return new Array<Sources>(width).fill(blurOf([columns]).blur);
    },
  };
}

/** `dims`: of the batch and of a row; null where the file leaves it open. */
function ofInput(input: string, dims: readonly (number | null)[], width: number): Columns {
  const all = Array.from({ length: width }, (_, column): Sources => [{ input, column }]);
  const row = dims.slice(1);
  const rest = row.reduce<number>((product, size) => product * (size ?? 1), 1);
  const shape = row.map((size) => size ?? width / rest);
  if (sizeOf(shape) !== width) return { blur: all.flat() };
  return laid(shape, all);
}
