import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEMO_WORLD } from '../../src/demo/simulate/demo-world.ts';
import { simulate } from '../../src/demo/simulate/simulator.ts';
import { SPOIL, type BadGate } from './bad-versions.ts';
import { amountStd, COUNT_STD, logitOf, scoreOf } from './shifts.ts';

const GOLDEN_EVENTS = 3;

/** The files of a version. */
export interface Parts {
  readonly model: Buffer;
  readonly yaml: (sha256: string) => string;
  readonly golden: string;
}

const yamlOf =
  (shift: number): Parts['yaml'] =>
  (sha256) =>
    `file: model.onnx
sha256: ${sha256}
inputs:
  features:
    - { field: amount, transform: { scale: { mean: 0, std: ${amountStd(shift)} } } }
    - { field: features.customerCount1d, transform: { scale: { mean: 0, std: ${COUNT_STD} } } }
    - { field: features.terminalRisk1d, missing: 0 }
outputs:
  score: { tensor: score }
golden: golden.jsonl
warmup: [1, 64]
`;

function goldenOf(shift: number): string {
  const lines: string[] = [];
  for (const { event } of simulate(DEMO_WORLD)) {
    lines.push(JSON.stringify({ event, score: scoreOf(logitOf(event) + shift) }));
    if (lines.length === GOLDEN_EVENTS) break;
  }
  return `${lines.join('\n')}\n`;
}

/** Writes folders of versions. A folder appears as a whole, unless it is asked for in halves. */
export class Bundles {
  readonly dir: string;
  readonly #projectDir: string;
  readonly #model: Buffer;

  private constructor(dir: string, projectDir: string, model: Buffer) {
    this.dir = dir;
    this.#projectDir = projectDir;
    this.#model = model;
  }

  static async make(folder: string, projectDir: string): Promise<Bundles> {
    const dir = join(folder, 'versions');
    await mkdir(dir);
    const model = await readFile(join(projectDir, 'test', 'e2e', 'bundle', '1', 'model.onnx'));
    return new Bundles(dir, projectDir, model);
  }

  async add(version: string, shift: number): Promise<void> {
    await this.#add(version, this.#parts(shift));
  }

  /** One that has to be refused at this gate. */
  async addBad(version: string, shift: number, gate: BadGate): Promise<void> {
    await this.#add(version, await SPOIL[gate](this.#parts(shift), this.#projectDir));
  }

  /** A version of which half of the model is there; what it returns writes the rest. */
  async addHalf(version: string, shift: number): Promise<() => Promise<void>> {
    const { model, ...parts } = this.#parts(shift);
    const folder = join(this.dir, version);
    await mkdir(folder);
    await writeFile(join(folder, 'golden.jsonl'), parts.golden);
    await writeFile(join(folder, 'model.onnx'), model.subarray(0, model.length / 2));
    await writeFile(join(folder, 'model.yaml'), parts.yaml(sha256Of(model)));
    return () => writeFile(join(folder, 'model.onnx'), model);
  }

  remove(version: string): Promise<void> {
    return rm(join(this.dir, version), { recursive: true });
  }

  #parts(shift: number): Parts {
    return { model: this.#model, yaml: yamlOf(shift), golden: goldenOf(shift) };
  }

  async #add(version: string, { model, yaml, golden }: Parts): Promise<void> {
    const aside = `${this.dir}-${version}`;
    await mkdir(aside);
    await writeFile(join(aside, 'golden.jsonl'), golden);
    await writeFile(join(aside, 'model.onnx'), model);
    await writeFile(join(aside, 'model.yaml'), yaml(sha256Of(model)));
    await rename(aside, join(this.dir, version));
  }
}

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
