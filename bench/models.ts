import { Random } from '../src/demo/simulate/random.ts';
import {
  FLOAT,
  INT64,
  onnxFile,
  STRING,
  type GraphNode,
  type GraphSpec,
} from '../src/onnx/protobuf-onnx-file.ts';
import { treeClassifier, type Growth } from './random-trees.ts';

/**
 * Models of the usual sizes with random weights: what they say means nothing, what they cost is
 * what real ones cost.
 */
export type ModelKind = 'lightgbm' | 'xgboost' | 'mlp' | 'linear' | 'strings';

export const MODEL_SIZES: Readonly<Record<ModelKind, string>> = {
  lightgbm: '100 trees of 31 leaves',
  xgboost: '100 trees of depth 6',
  mlp: 'hidden layers of 64 and 32',
  linear: 'logistic regression',
  strings: 'a text input and a table of 8 texts per column, logistic regression',
};

export interface MadeModel {
  readonly bytes: Uint8Array;
  /** The model's inputs with the fields of the event that fill their columns. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly score: { readonly tensor: string; readonly column: number };
}

const TREES = 100;
const HIDDEN = [64, 32];
export const TEXTS = Array.from({ length: 8 }, (_, i) => `category-${i}`);

/** A model over the fields `f0` to `f<columns - 1>`. */
export function makeModel(kind: ModelKind, columns: number): MadeModel {
  const random = new Random(columns);
  const fields = Array.from({ length: columns }, (_, i) => `f${i}`);
  if (kind === 'strings') return stringModel(random, fields);
  const inputs = { features: fields };
  if (kind === 'mlp' || kind === 'linear') {
    const layers = dense(random, 'features', [columns, ...(kind === 'mlp' ? HIDDEN : []), 1]);
    const bytes = onnxFile({
      ...layers,
      inputs: [{ name: 'features', type: FLOAT, columns }],
      outputs: [SCORE],
    });
    return { bytes, inputs, score: { tensor: 'score', column: 0 } };
  }
  const growth: Growth = kind === 'lightgbm' ? { leaves: 31 } : { depth: 6 };
  const bytes = onnxFile({
    nodes: [treeClassifier(random, TREES, columns, growth)],
    inputs: [{ name: 'features', type: FLOAT, columns }],
    outputs: [
      { name: 'label', type: INT64 },
      { name: 'probabilities', type: FLOAT, columns: 2 },
    ],
  });
  return { bytes, inputs, score: { tensor: 'probabilities', column: 1 } };
}

const SCORE = { name: 'score', type: FLOAT, columns: 1 };

/** Gemm and Relu from layer to layer, a Sigmoid at the end: → `score`. */
function dense(
  random: Random,
  input: string,
  sizes: readonly number[],
): Required<Pick<GraphSpec, 'nodes' | 'weights'>> {
  const nodes: GraphNode[] = [];
  const weights: { name: string; dims: number[]; values: number[] }[] = [];
  let from = input;
  for (let i = 1; i < sizes.length; i++) {
    const [rows, columns] = [sizes[i - 1]!, sizes[i]!];
    const last = i === sizes.length - 1;
    const values = (length: number): number[] =>
      Array.from({ length }, () => (random.next() - 0.5) / Math.sqrt(rows));
    weights.push({ name: `w${i}`, dims: [rows, columns], values: values(rows * columns) });
    weights.push({ name: `b${i}`, dims: [columns], values: values(columns) });
    nodes.push({ operator: 'Gemm', inputs: [from, `w${i}`, `b${i}`], outputs: [`g${i}`] });
    const to = last ? 'score' : `h${i}`;
    nodes.push({ operator: last ? 'Sigmoid' : 'Relu', inputs: [`g${i}`], outputs: [to] });
    from = to;
  }
  return { nodes, weights };
}

/**
 * As pipelines are exported whose columns are texts: an input and an encoder each, then one matrix.
 */
function stringModel(random: Random, fields: readonly string[]): MadeModel {
  const encoded = fields.map((field) => `${field}_code`);
  const encoders = fields.map((field, i): GraphNode => {
    const values = TEXTS.map(() => random.next());
    const attributes = {
      keys_strings: { texts: TEXTS },
      values_floats: { floats: values },
      default_float: { float: 0 },
    };
    return {
      operator: 'LabelEncoder',
      domain: 'ai.onnx.ml',
      inputs: [field],
      outputs: [encoded[i]!],
      attributes,
    };
  });
  const concat: GraphNode = {
    operator: 'Concat',
    inputs: encoded,
    outputs: ['matrix'],
    attributes: { axis: { int: 1 } },
  };
  const { nodes, weights } = dense(random, 'matrix', [fields.length, 1]);
  const bytes = onnxFile({
    nodes: [...encoders, concat, ...nodes],
    weights,
    inputs: fields.map((name) => ({ name, type: STRING, columns: 1 })),
    outputs: [SCORE],
  });
  const inputs = Object.fromEntries(fields.map((field) => [field, [field]]));
  return { bytes, inputs, score: { tensor: 'score', column: 0 } };
}
