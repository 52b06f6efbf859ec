import type { Nodes } from './nodes.ts';
import { UnsupportedTrees } from './unsupported.ts';
import type { EnsembleNode } from './protobuf-ensemble.ts';

/** The weights that the leaves of a tree add. */
export interface Leaves {
  /** For each target of the tree, the weight of each leaf, by its number. */
  readonly values: ReadonlyMap<number, Float32Array>;
  /**
   * Targets to which every leaf adds: ONNX Runtime treats a target differently if no leaf of a row
   * added to it.
   */
  readonly always: ReadonlySet<number>;
}

export interface Weights {
  /** For a tree whose leaves are the nodes with these indexes. Throws `UnsupportedTrees`. */
  readonly of: (leaves: readonly number[]) => Leaves;
  /**
   * Throws if a weight does not belong to a leaf. It adds nothing, but may define which classes
   * exist.
   */
  readonly allUsed: () => void;
}

const NONE = -1;

export function readWeights(node: EnsembleNode, nodes: Nodes): Weights {
  const kind = node.classifier ? 'class' : 'target';
  const [trees, ids, targets] = ['treeids', 'nodeids', 'ids'].map((name) =>
    node.ints(`${kind}_${name}`),
  ) as [Int32Array, Int32Array, Int32Array];
  const weights = node.floats(`${kind}_weights`);
  if ([trees, ids, targets].some(({ length }) => length !== weights.length))
    throw new UnsupportedTrees('their weights are not complete');
  // By node: its first weight; by weight: the next one of the same node.
  const first = new Int32Array(nodes.end(nodes.roots.length - 1)).fill(NONE);
  const next = new Int32Array(weights.length);
  for (let i = weights.length - 1; i >= 0; i--) {
    const index = nodes.find(trees[i]!, ids[i]!);
    if (index === undefined) throw new UnsupportedTrees('some weights do not belong to a leaf');
    next[i] = first[index]!;
    first[index] = i;
  }
  let used = 0;
  return {
    of: (leaves) => {
      const columns = new Map<
        number,
        { readonly values: Float32Array; readonly filled: Uint8Array; count: number }
      >();
      for (const [leaf, index] of leaves.entries()) {
        if (first[index] === NONE) throw new UnsupportedTrees('a leaf has no weight');
        for (let i = first[index]!; i !== NONE; i = next[i]!) {
          const target = targets[i]!;
          let column = columns.get(target);
          if (column === undefined) {
            column = {
              values: new Float32Array(leaves.length),
              filled: new Uint8Array(leaves.length),
              count: 0,
            };
            columns.set(target, column);
          }
          if (column.filled[leaf] === 1)
            throw new UnsupportedTrees('a leaf has two weights for one target');
          column.filled[leaf] = 1;
          column.values[leaf] = weights[i]!;
          column.count++;
          used++;
        }
      }
      const all = [...columns].filter(([, { count }]) => count === leaves.length);
      return {
        values: new Map([...columns].map(([target, { values }]) => [target, values])),
        always: new Set(all.map(([target]) => target)),
      };
    },
    allUsed: () => {
      if (used !== weights.length)
        throw new UnsupportedTrees('some weights do not belong to a leaf');
    },
  };
}
