import {
  FLOAT,
  onnxFile,
  type AttributeValue,
  type GraphNode,
} from '../../src/onnx/protobuf-onnx-file.ts';

/**
 * A decision tree: what a leaf adds to each target, or a test with what follows where it holds and
 * where not.
 */
export type GivenTree =
  | { readonly leaf: Readonly<Record<number, number>>; readonly cover?: number }
  | {
      /** How much of the training data came here; given for all nodes or for none. */
      readonly cover?: number;
      readonly mode: string;
      readonly feature: number;
      readonly value: number;
      /** Whether a missing value (NaN) goes where the test holds. */
      readonly missing?: boolean;
      readonly yes: GivenTree;
      readonly no: GivenTree;
    };

export interface GivenEnsemble {
  readonly trees: readonly GivenTree[];
  /** Of a classifier; without them it is a regressor. */
  readonly classes?: number;
  readonly targets?: number;
  readonly post?: string;
  readonly aggregate?: string;
  readonly base?: readonly number[];
}

/**
 * A model of the given nodes that makes the matrix `output` of the matrix `x`, of float32 both, for
 * `rows` or any.
 */
export function graphModel(nodes: readonly GraphNode[], output: string, rows?: number): Uint8Array {
  const matrix = (name: string) => ({ name, type: FLOAT, columns: 'any', rows }) as const;
  return onnxFile({ nodes, inputs: [matrix('x')], outputs: [matrix(output)] });
}

/** A node with an ensemble that makes `y` of `x`. */
export function ensembleNode(given: GivenEnsemble, input = 'x', output = 'y'): GraphNode {
  const { trees, classes, post, aggregate, base } = given;
  const rows = trees.flatMap((tree, number) => rowsOf(tree, number));
  const weights = rows.flatMap(({ tree, id, leaf }) =>
    Object.entries(leaf).map(([target, weight]) => ({ tree, id, target: Number(target), weight })),
  );
  const kind = classes === undefined ? 'target' : 'class';
  const attributes: Record<string, AttributeValue> = {
    nodes_treeids: { ints: rows.map(({ tree }) => tree) },
    nodes_nodeids: { ints: rows.map(({ id }) => id) },
    nodes_featureids: { ints: rows.map(({ feature }) => feature) },
    nodes_truenodeids: { ints: rows.map(({ yes }) => yes) },
    nodes_falsenodeids: { ints: rows.map(({ no }) => no) },
    nodes_missing_value_tracks_true: { ints: rows.map(({ missing }) => Number(missing)) },
    nodes_values: { floats: rows.map(({ value }) => value) },
    nodes_modes: { texts: rows.map(({ mode }) => mode) },
    ...(rows.some(({ cover }) => cover !== undefined) && {
      nodes_hitrates: { floats: rows.map(({ cover = 0 }) => cover) },
    }),
    [`${kind}_treeids`]: { ints: weights.map(({ tree }) => tree) },
    [`${kind}_nodeids`]: { ints: weights.map(({ id }) => id) },
    [`${kind}_ids`]: { ints: weights.map(({ target }) => target) },
    [`${kind}_weights`]: { floats: weights.map(({ weight }) => weight) },
    ...(classes === undefined
      ? { n_targets: { int: given.targets ?? 1 } }
      : { classlabels_int64s: { ints: Array.from({ length: classes }, (_, i) => i) } }),
    ...(post === undefined ? {} : { post_transform: { text: post } }),
    ...(aggregate === undefined ? {} : { aggregate_function: { text: aggregate } }),
    ...(base === undefined ? {} : { base_values: { floats: base } }),
  };
  const operator = classes === undefined ? 'TreeEnsembleRegressor' : 'TreeEnsembleClassifier';
  const made = classes === undefined ? [output] : ['label', output];
  return { operator, domain: 'ai.onnx.ml', inputs: [input], outputs: made, attributes };
}

export const treeModel = (given: GivenEnsemble, rows?: number): Uint8Array =>
  graphModel([ensembleNode(given)], 'y', rows);

interface Row {
  readonly tree: number;
  readonly id: number;
  readonly mode: string;
  readonly feature: number;
  readonly value: number;
  readonly missing: boolean;
  readonly yes: number;
  readonly no: number;
  readonly leaf: Readonly<Record<number, number>>;
  readonly cover: number | undefined;
}

function rowsOf(root: GivenTree, tree: number): Row[] {
  const rows: Row[] = [];
  const visit = (node: GivenTree): number => {
    const id = rows.length;
    const none = {
      tree,
      id,
      mode: 'LEAF',
      feature: 0,
      value: 0,
      missing: false,
      yes: 0,
      no: 0,
      leaf: {},
      cover: node.cover,
    };
    rows.push(none);
    if ('leaf' in node) rows[id] = { ...none, leaf: node.leaf };
    else {
      const { mode, feature, value, missing = false } = node;
      rows[id] = {
        ...none,
        mode,
        feature,
        value,
        missing,
        yes: visit(node.yes),
        no: visit(node.no),
      };
    }
    return id;
  };
  visit(root);
  return rows;
}
