import type { RunTensors } from './fixed-batch.ts';
import type { Opened } from './onnx-open.ts';
import type { Part } from './onnx-run.ts';
import { compileTrees, type CompiledTrees, type TreesRequest } from './trees/compile-trees.ts';
import { checkCompilable } from './trees/compilable.ts';
import { UnsupportedTrees } from '../onnx/trees/unsupported.ts';

export interface TreesOptions extends Pick<TreesRequest, 'sample' | 'output' | 'run'> {
  readonly compileTrees: boolean;
  /** Rows of a fixed batch. */
  readonly size: number | null;
  /** Each event runs alone. */
  readonly alone: boolean;
  readonly breathe?: TreesRequest['breathe'] | undefined;
}

export interface TriedTrees {
  /** Runs the model with compiled trees; undefined if they are not compiled. */
  readonly served?: Part;
  readonly notes: readonly string[];
}

/**
 * Above this file size, trees are compiled while ONNX Runtime scores, so the start does not wait
 * for seconds.
 */
const LARGE_BYTES = 8 * 1024 * 1024;

/** When this begins: the start has other work first, and `check` has ended before. */
const LATER_MS = 2000;

export interface Lateness {
  readonly large: number;
  readonly laterMs: number;
}

/**
 * The model with its trees compiled, if possible. If not, ONNX Runtime runs all of it, and a note
 * says why.
 */
export async function tryTrees(
  opened: Opened,
  given: TreesOptions,
  { large, laterMs }: Lateness = { large: LARGE_BYTES, laterMs: LATER_MS },
): Promise<TriedTrees> {
  const { graph, bytes, options } = opened;
  const { sample, output, run, compileTrees: wanted, size, alone, breathe } = given;
  if (graph?.nodes.some(({ operator }) => operator.startsWith('TreeEnsemble')) !== true)
    return { notes: [] };
  try {
    if (!wanted) throw new UnsupportedTrees('inference.compileTrees is false');
    if (options.intraOpNumThreads !== 1)
      throw new UnsupportedTrees(
        'inference.threads is above 1, and several threads add in another order',
      );
    if (size !== null) throw new UnsupportedTrees('the model has a fixed batch size');
    if (alone) throw new UnsupportedTrees('each event runs alone');
    const model = bytes()!;
    const request = { model, sample, output, run, options };
    if (model.length > large) {
      checkCompilable(model, output, sample);
      const served = whileServed(request, laterMs);
      return {
        served,
        notes: [
          'its many trees are compiled after the start; ONNX Runtime runs them until then; they are used only if all compared scores are the same, bit for bit; nothing in the file prevents that',
        ],
      };
    }
    const compiled = await compileTrees({ ...request, ...(breathe && { breathe }) });
    return {
      served: compiled,
      notes: [
        `its trees are compiled (${compiled.trees}); ${compiled.compared} scores are the same as those of ONNX Runtime, bit for bit`,
      ],
    };
  } catch (error) {
    // Whatever the error is, the runtime has run the model before, and continues.
    return { notes: [`ONNX Runtime runs its trees: ${(error as Error).message}`] };
  }
}

/**
 * ONNX Runtime runs the model until its trees are compiled, or forever if they cannot be compiled.
 * The scores are the same.
 */
function whileServed(request: TreesRequest, laterMs: number): Part {
  let compiled: CompiledTrees | undefined;
  let isEnded = false;
  const turn = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (isEnded) throw new UnsupportedTrees('the model is not used any more');
  };
  const compile = async (): Promise<void> => {
    const trees = await compileTrees({ ...request, breathe: turn }).catch(() => undefined);
    if (isEnded) await trees?.release();
    else compiled = trees;
  };
  let work = Promise.resolve();
  const timer = setTimeout(() => {
    work = compile();
  }, laterMs);
  timer.unref();
  const run: RunTensors = (tensors, rows) => (compiled?.run ?? request.run)(tensors, rows);
  return {
    run,
    release: async () => {
      isEnded = true;
      clearTimeout(timer);
      await work;
      await compiled?.release();
    },
  };
}
