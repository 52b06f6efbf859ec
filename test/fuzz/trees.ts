import { openPart } from '../../src/infer/onnx-run.ts';
import { compileTrees, MIN_ROWS } from '../../src/infer/trees/compile-trees.ts';
import { matrix } from '../../src/infer/trees/matrix.ts';
import { UnsupportedTrees } from '../../src/onnx/trees/unsupported.ts';
import { randomEnsemble, randomRows, seeded } from '../support/random-ensembles.ts';

export interface TreesFuzzed {
  readonly compiled: number;
  /** Why ensembles were left to ONNX Runtime, and how many of them. */
  readonly left: ReadonlyMap<string, number>;
  /**
   * Ensembles whose compiled scores were others than ONNX Runtime's; each has a seed of its own.
   */
  readonly wrong: readonly string[];
}

const OPTIONS = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 } as const;

/**
 * Sizes of batches: few rows, a full tile of the kernel, one row more and less, and several tiles.
 */
const SIZES = [MIN_ROWS, 64, 65, 127, 600];

/** Compiles random ensembles, and compares what they answer with ONNX Runtime, bit for bit. */
export async function fuzzTrees(
  count: number,
  seed: number,
  tell?: (done: number) => void,
): Promise<TreesFuzzed> {
  const left = new Map<string, number>();
  const wrong: string[] = [];
  let compiled = 0;
  for (let i = 0; i < count; i++) {
    const said = await fuzzOne(seed + i);
    if (said === undefined) compiled++;
    else if (said.wrong) wrong.push(`seed ${seed + i}: ${said.what}`);
    else left.set(said.what, (left.get(said.what) ?? 0) + 1);
    tell?.(i + 1);
  }
  return { compiled: compiled + wrong.length, left, wrong };
}

async function fuzzOne(
  seed: number,
): Promise<{ readonly wrong: boolean; readonly what: string } | undefined> {
  const next = seeded(seed);
  const ensemble = randomEnsemble(next);
  const { model, features } = ensemble;
  const runtime = await openPart(model, 'y', OPTIONS).catch((error: unknown) => error as Error);
  if (runtime instanceof Error) return { wrong: false, what: 'ONNX Runtime does not open it' };
  try {
    const sample = [matrix('x', new Float32Array(3 * features), 3)];
    const compiled = await compileTrees({
      model,
      output: 'y',
      sample,
      run: runtime.run,
      options: OPTIONS,
    });
    try {
      for (const rows of SIZES) {
        const tensors = [matrix('x', randomRows(next, ensemble, rows), rows)];
        const [ours, theirs] = [
          await compiled.run(tensors, rows),
          await runtime.run(tensors, rows),
        ];
        const length = Math.max(ours.data.length, theirs.data.length);
        for (let k = 0; k < length; k++)
          if (!Object.is(ours.data[k], theirs.data[k]))
            return {
              wrong: true,
              what: `number ${k} of ${rows} rows is ${ours.data[k]}, not ${theirs.data[k]}: ${JSON.stringify({ ...ensemble.given, trees: ensemble.given.trees.length })}`,
            };
      }
    } finally {
      await compiled.release();
    }
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedTrees) return { wrong: false, what: error.message };
    // ONNX Runtime itself refuses to run some.
    return { wrong: false, what: (error as Error).message.replace(/\s+/g, ' ').slice(0, 80) };
  } finally {
    await runtime.release();
  }
}
