import protobuf from 'protobufjs';

/** A decision tree: what a leaf adds to each target, or a test with what follows where it holds and where not. */
export type GivenTree =
  | { readonly leaf: Readonly<Record<number, number>> }
  | {
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

const { root } = protobuf.parse(
  `syntax = "proto3";
   message Model { int64 ir_version = 1; repeated Opset opset_import = 8; Graph graph = 7; }
   message Opset { string domain = 1; int64 version = 2; }
   message Graph { repeated Node node = 1; string name = 2; repeated Value input = 11; repeated Value output = 12; }
   message Node { repeated string input = 1; repeated string output = 2; string op_type = 4; repeated Attribute attribute = 5; string domain = 7; }
   message Attribute { string name = 1; int64 i = 3; bytes s = 4; repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9; int32 type = 20; }
   message Value { string name = 1; Type type = 2; }
   message Type { TensorType tensor_type = 1; }
   message TensorType { int32 elem_type = 1; Shape shape = 2; }
   message Shape { repeated Dimension dim = 1; }
   message Dimension { int64 dim_value = 1; string dim_param = 2; }`,
  { keepCase: true },
);

export interface GivenGraphNode {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly op_type: string;
  readonly domain?: string;
  readonly attribute?: readonly object[];
}

const FLOAT = 1;

/** An ONNX model of the given nodes that makes the matrix `output` of the matrix `x`, of float32 both, for `rows` or any. */
export function graphModel(nodes: readonly GivenGraphNode[], output: string, rows?: number): Uint8Array {
  const shape = { dim: [rows === undefined ? { dim_param: 'rows' } : { dim_value: rows }, {}] };
  const value = (name: string): object => ({ name, type: { tensor_type: { elem_type: FLOAT, shape } } });
  const type = root.lookupType('Model');
  const message = {
    ir_version: 8,
    opset_import: [
      { domain: '', version: 15 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    graph: { name: 'given', node: nodes, input: [value('x')], output: [value(output)] },
  };
  return type.encode(type.fromObject(message)).finish();
}

/** A node with an ensemble that makes `y` of `x`. */
export function ensembleNode(given: GivenEnsemble, input = 'x', output = 'y'): GivenGraphNode {
  const { trees, classes, post, aggregate, base } = given;
  const rows = trees.flatMap((tree, number) => rowsOf(tree, number));
  const weights = rows.flatMap(({ tree, id, leaf }) => Object.entries(leaf).map(([target, weight]) => ({ tree, id, target: Number(target), weight }))); // prettier-ignore
  const kind = classes === undefined ? 'target' : 'class';
  const attribute = [
    ints('nodes_treeids', rows.map(({ tree }) => tree)), // prettier-ignore
    ints('nodes_nodeids', rows.map(({ id }) => id)), // prettier-ignore
    ints('nodes_featureids', rows.map(({ feature }) => feature)), // prettier-ignore
    ints('nodes_truenodeids', rows.map(({ yes }) => yes)), // prettier-ignore
    ints('nodes_falsenodeids', rows.map(({ no }) => no)), // prettier-ignore
    ints('nodes_missing_value_tracks_true', rows.map(({ missing }) => Number(missing))), // prettier-ignore
    floats('nodes_values', rows.map(({ value }) => value)), // prettier-ignore
    { name: 'nodes_modes', type: 8, strings: rows.map(({ mode }) => Buffer.from(mode)) },
    ints(`${kind}_treeids`, weights.map(({ tree }) => tree)), // prettier-ignore
    ints(`${kind}_nodeids`, weights.map(({ id }) => id)), // prettier-ignore
    ints(`${kind}_ids`, weights.map(({ target }) => target)), // prettier-ignore
    floats(`${kind}_weights`, weights.map(({ weight }) => weight)), // prettier-ignore
    ...(classes === undefined
      ? [{ name: 'n_targets', type: 2, i: given.targets ?? 1 }]
      : [
          ints(
            'classlabels_int64s',
            Array.from({ length: classes }, (_, i) => i),
          ),
        ]),
    ...(post === undefined ? [] : [text('post_transform', post)]),
    ...(aggregate === undefined ? [] : [text('aggregate_function', aggregate)]),
    ...(base === undefined ? [] : [floats('base_values', base)]),
  ];
  const operator = classes === undefined ? 'TreeEnsembleRegressor' : 'TreeEnsembleClassifier';
  const made = classes === undefined ? [output] : ['label', output];
  return { input: [input], output: made, op_type: operator, domain: 'ai.onnx.ml', attribute };
}

export const treeModel = (given: GivenEnsemble, rows?: number): Uint8Array =>
  graphModel([ensembleNode(given)], 'y', rows);

const ints = (name: string, values: readonly number[]) => ({ name, type: 7, ints: values });
const floats = (name: string, values: readonly number[]) => ({ name, type: 6, floats: values });
const text = (name: string, value: string) => ({ name, type: 3, s: Buffer.from(value) });

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
}

function rowsOf(root: GivenTree, tree: number): Row[] {
  const rows: Row[] = [];
  const visit = (node: GivenTree): number => {
    const id = rows.length;
    const none = { tree, id, mode: 'LEAF', feature: 0, value: 0, missing: false, yes: 0, no: 0, leaf: {} };
    rows.push(none);
    if ('leaf' in node) rows[id] = { ...none, leaf: node.leaf };
    else {
      const { mode, feature, value, missing = false } = node;
      rows[id] = { ...none, mode, feature, value, missing, yes: visit(node.yes), no: visit(node.no) };
    }
    return id;
  };
  visit(root);
  return rows;
}
