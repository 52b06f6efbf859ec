import type { Random } from '../src/demo/simulate/random.ts';
import type { GraphNode } from '../src/onnx/protobuf-onnx-file.ts';

/** How an ensemble grows: leaf by leaf as LightGBM's, or level by level as XGBoost's. */
export type Growth = { readonly leaves: number } | { readonly depth: number };

interface TreeNode {
  feature: number;
  threshold: number;
  children: [number, number] | undefined;
  depth: number;
}

/** A tree with random splits, node 0 its root. */
export function growTree(random: Random, features: number, growth: Growth): TreeNode[] {
  const nodes: TreeNode[] = [{ feature: 0, threshold: 0, children: undefined, depth: 0 }];
  const open = [0];
  const wanted = 'leaves' in growth ? growth.leaves : 2 ** growth.depth;
  while (open.length < wanted) {
    // The oldest leaf first is level by level.
    const [at] = open.splice('leaves' in growth ? Math.floor(random.next() * open.length) : 0, 1);
    const node = nodes[at!]!;
    node.feature = Math.floor(random.next() * features);
    node.threshold = random.next() * 2 - 1;
    node.children = [nodes.length, nodes.length + 1];
    for (const child of node.children) {
      nodes.push({ feature: 0, threshold: 0, children: undefined, depth: node.depth + 1 });
      open.push(child);
    }
  }
  return nodes;
}

/** A binary classifier of random trees as an ONNX node: `features` → `label`, `probabilities`. */
export function treeClassifier(
  random: Random,
  trees: number,
  features: number,
  growth: Growth,
): GraphNode {
  const mode = 'leaves' in growth ? 'BRANCH_LEQ' : 'BRANCH_LT';
  const all = Array.from({ length: trees }, () => growTree(random, features, growth));
  const nodes = all.flatMap((tree, treeId) => tree.map((node, id) => ({ ...node, treeId, id })));
  const leaves = nodes.filter(({ children }) => children === undefined);
  return {
    operator: 'TreeEnsembleClassifier',
    domain: 'ai.onnx.ml',
    inputs: ['features'],
    outputs: ['label', 'probabilities'],
    attributes: {
      nodes_treeids: { ints: nodes.map(({ treeId }) => treeId) },
      nodes_nodeids: { ints: nodes.map(({ id }) => id) },
      nodes_featureids: { ints: nodes.map(({ feature }) => feature) },
      nodes_values: { floats: nodes.map(({ threshold }) => threshold) },
      nodes_modes: { texts: nodes.map(({ children }) => (children === undefined ? 'LEAF' : mode)) },
      nodes_truenodeids: { ints: nodes.map(({ children }) => children?.[0] ?? 0) },
      nodes_falsenodeids: { ints: nodes.map(({ children }) => children?.[1] ?? 0) },
      nodes_hitrates: { floats: nodes.map(() => 1) },
      nodes_missing_value_tracks_true: { ints: nodes.map(() => 0) },
      class_treeids: { ints: leaves.map(({ treeId }) => treeId) },
      class_nodeids: { ints: leaves.map(({ id }) => id) },
      class_ids: { ints: leaves.map(() => 0) },
      class_weights: { floats: leaves.map(() => random.next() * 0.2 - 0.1) },
      classlabels_int64s: { ints: [0, 1] },
      post_transform: { text: 'LOGISTIC' },
    },
  };
}
