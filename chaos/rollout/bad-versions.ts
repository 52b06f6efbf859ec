import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gate } from '../../src/rollout/gates.ts';
import type { Parts } from './bundles.ts';

/** Each replica allows a process with an open model so much. */
export const MAX_MEMORY_BYTES = 256 * 2 ** 20;
const BALLAST_BYTES = 192 * 2 ** 20;

/** The gates that files alone can fail; the schema of the scores is the same for all versions. */
export const BAD_GATES = [
  'bundle',
  'files',
  'load',
  'memory',
  'warmup',
  'signature',
  'contract',
  'golden',
] as const satisfies readonly Gate[];
export type BadGate = (typeof BAD_GATES)[number];

type Spoil = (parts: Parts, projectDir: string) => Parts | Promise<Parts>;

/** What makes a version fail at its gate, and at no earlier one. */
export const SPOIL: Readonly<Record<BadGate, Spoil>> = {
  bundle: (parts) => ({ ...parts, yaml: () => 'inputs: [' }),
  files: (parts) => ({ ...parts, yaml: (sha256) => parts.yaml(`0000${sha256.slice(4)}`) }),
  load: (parts) => ({ ...parts, model: Buffer.from('no model') }),
  memory: (parts) => ({ ...parts, model: Buffer.concat([parts.model, ballast()]) }),
  warmup: async (parts, projectDir) => ({
    model: await readFile(join(projectDir, 'test', 'models', 'data', 'logarithm.onnx')),
    yaml: (sha256) =>
      parts
        .yaml(sha256)
        .replace(/inputs:[^]*outputs:/, 'inputs: { x: [amount] }\noutputs:')
        .replace('golden: golden.jsonl\n', ''),
    golden: parts.golden,
  }),
  signature: (parts) => ({
    ...parts,
    yaml: (sha256) => parts.yaml(sha256).replace('features:', 'others:'),
  }),
  contract: (parts) => ({
    ...parts,
    yaml: (sha256) => parts.yaml(sha256).replace('field: amount', 'field: amounts'),
  }),
  golden: (parts) => ({ ...parts, golden: parts.golden.replaceAll('"score":0.', '"score":0.9') }),
};

/**
 * A tensor that no node uses. Protobuf merges messages that are concatenated, so it becomes an
 * initializer of the graph.
 */
function ballast(): Buffer {
  const numbers = BALLAST_BYTES / 4;
  const tensor = Buffer.concat([
    field(1, varint(numbers), 0), // dims
    field(2, varint(1), 0), // float
    field(8, Buffer.from('ballast')),
    field(9, Buffer.alloc(BALLAST_BYTES)),
  ]);
  return field(7, field(5, tensor)); // graph, initializer
}

const LENGTH_DELIMITED = 2;

function field(number: number, bytes: Buffer, wireType = LENGTH_DELIMITED): Buffer {
  const length = wireType === LENGTH_DELIMITED ? [varint(bytes.length)] : [];
  return Buffer.concat([varint((number << 3) | wireType), ...length, bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
