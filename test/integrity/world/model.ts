import type { Bundle } from '../../../src/infer/bundle.ts';
import type { Model } from '../../../src/infer/model.ts';
import { parseModelYaml } from '../../support/parsed-model-yaml.ts';

const SHA256 = 'a'.repeat(64);

/** The latest version that there is, and the number of the policy, for all processes. */
export const published = { version: 1, policy: 1 };

/** What a version adds to every score, so that a score tells which one it is of. */
export const SCORE_OF_VERSION = 2 ** -20;

const BUNDLE: Bundle = {
  version: '1',
  folder: '/m/1',
  modelFile: '/m/1/model.onnx',
  yamlFile: '/m/1/model.yaml',
  description: parseModelYaml(
    `file: model.onnx
sha256: ${SHA256}
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

/** The version that a name means now. */
export const versionOf = (name: string): string =>
  name === 'latest' ? String(published.version) : name;

export const bundleOf = (version: string): Bundle => ({ ...BUNDLE, version });

/**
 * A model whose score is the amount, and a little more of later versions. `run` says when it has
 * answered.
 */
export function modelOf(version: string, run: <T>(work: () => T) => Promise<Awaited<T>>): Model {
  const identity = { name: 'm', version, sha256: SHA256 };
  const more = (Number(version) - 1) * SCORE_OF_VERSION;
  let released = false;
  return {
    identity,
    inputs: [{ name: 'x', type: 'float32', columns: 2, flat: false, rows: null }],
    scoreFrom: 'score',
    classes: null,
    quantisedByBatch: false,
    finiteAtWarmup: true,
    notes: [],
    warnings: [],
    score: (tensors, rows) =>
      run(() => {
        if (released) throw new Error(`version ${version} is closed and still scores`);
        const data = tensors[0]!.values as Float32Array;
        const amounts = Array.from({ length: rows }, (_, row) => data[2 * row]!);
        const at = (amount: number): number[] =>
          [...amounts.keys()].filter((row) => amounts[row] === amount);
        return {
          models: [identity],
          modelOf: null,
          score: Float64Array.from(amounts, (amount) =>
            amount === NOT_FINITE ? NaN : amount + more,
          ),
          classes: null,
          perClass: null,
          timedOut: at(TOO_LATE),
          failed: at(FAILS).map((row) => ({ row, why: 'it divides by zero' })),
        };
      }),
    outputs: [],
    run: () => Promise.reject(new Error('nothing but scores is asked for')),
    release: async () => {
      released = true;
    },
  };
}
