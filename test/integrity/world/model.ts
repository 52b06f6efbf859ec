import type { Bundle } from '../../../src/infer/bundle.ts';
import type { Model } from '../../../src/infer/model.ts';
import { parseModelYaml } from '../../support/parsed-model-yaml.ts';

const IDENTITY = { name: 'm', version: '1', sha256: 'a'.repeat(64) };

export const BUNDLE: Bundle = {
  version: '1',
  folder: '/m/1',
  modelFile: '/m/1/model.onnx',
  yamlFile: '/m/1/model.yaml',
  description: parseModelYaml(
    `file: model.onnx
sha256: ${IDENTITY.sha256}
inputs: { x: [amount, { field: count, missing: 0 }] }
outputs: { score: { tensor: score } }`,
    '/m/1/model.yaml',
  ),
  todos: [],
  invalid: [],
  doubtful: new Set(),
};

/** Amounts that the model answers otherwise than with themselves. */
export const NOT_FINITE = -1;
export const FAILS = -2;
export const TOO_LATE = -3;

/** A model whose score is the amount. `run` says when it has answered. */
export function modelOf(run: <T>(work: () => T) => Promise<Awaited<T>>): Model {
  return {
    identity: IDENTITY,
    inputs: [{ name: 'x', type: 'float32', columns: 2, flat: false, rows: null }],
    scoreFrom: 'score',
    classes: null,
    quantisedByBatch: false,
    finiteAtWarmup: true,
    notes: [],
    warnings: [],
    score: (tensors, rows) =>
      run(() => {
        const data = tensors[0]!.values as Float32Array;
        const amounts = Array.from({ length: rows }, (_, row) => data[2 * row]!);
        const at = (amount: number): number[] =>
          [...amounts.keys()].filter((row) => amounts[row] === amount);
        return {
          models: [IDENTITY],
          modelOf: null,
          score: Float64Array.from(amounts, (amount) => (amount === NOT_FINITE ? NaN : amount)),
          classes: null,
          perClass: null,
          timedOut: at(TOO_LATE),
          failed: at(FAILS).map((row) => ({ row, why: 'it divides by zero' })),
        };
      }),
    outputs: [],
    run: () => Promise.reject(new Error('nothing but scores is asked for')),
    release: () => Promise.resolve(),
  };
}
