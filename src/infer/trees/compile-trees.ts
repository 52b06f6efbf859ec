import type { InputTensor } from '../../flow/tensors.ts';
import type { Answer, RunTensors } from '../fixed-batch.ts';
import { openPart, type Part, type SessionOptions } from '../onnx-run.ts';
import { leafCoveringRows } from './leaf-coverage.ts';
import { readEnsemble } from '../../onnx/trees/tree-ensemble.ts';
import { aggregationOf } from '../../onnx/trees/aggregation.ts';
import { createTreeKernel } from './kernel.ts';
import { checkFed, matrix } from './matrix.ts';
import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import { probeRows } from '../../onnx/trees/threshold-probes.ts';
import { splitGraph } from '../../onnx/trees/split-graph.ts';
import { openPostTransform } from './post-transform.ts';

export interface TreesRequest {
  /** The model's file. */
  readonly model: Uint8Array;
  readonly output: string;
  /** Any rows that the model accepts. */
  readonly sample: readonly InputTensor[];
  /** The model in ONNX Runtime. */
  readonly run: RunTensors;
  readonly options: SessionOptions;
  /** Awaited between steps, so that other work can run. If it throws, the compilation ends. */
  readonly breathe?: () => Promise<void>;
  /** Another kernel, for tests. */
  readonly kernel?: typeof createTreeKernel;
}

export interface CompiledTrees {
  readonly run: RunTensors;
  readonly trees: number;
  /** Number of rows whose scores were compared with ONNX Runtime. */
  readonly compared: number;
  readonly release: () => Promise<void>;
}

/** The kernel scores 64 rows at once. Fewer rows than this are faster one by one. */
export const MIN_ROWS = 24;

/**
 * Rows around thresholds whose scores are compared before the compiled trees are used. More rows
 * are added to reach every leaf.
 */
const COMPARED_ROWS = 1000;

/** Rows that are compared at once. ONNX Runtime uses different code for few and for many rows. */
const COMPARED_SIZES = [256, MIN_ROWS, 64, 65];

/**
 * Compiles the decision trees of a model, if possible, so that a batch takes a fraction of the time
 * of ONNX Runtime. The nodes before and after the trees stay in ONNX Runtime. The scores are the
 * same, bit for bit: first the trees are scored both ways, for rows around their thresholds and for
 * rows that reach every leaf, and the compiled trees are used only if all scores agree. Otherwise
 * it throws `UnsupportedTrees`.
 */
export async function compileTrees(request: TreesRequest): Promise<CompiledTrees> {
  const {
    model,
    output,
    sample,
    run,
    options,
    breathe = () => Promise.resolve(),
    kernel: create = createTreeKernel,
  } = request;
  await breathe();
  const { ensemble: node, front, back, whole } = splitGraph(model, output);
  // the following code keeps these, and not the node with all its numbers
  const { input: fed, output: made } = node;
  await breathe();
  const ensemble = readEnsemble(node);
  await breathe();
  const aggregation = aggregationOf(node, ensemble);
  const parts: Pick<Part, 'release'>[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.release()));
  };
  const open = async (bytes: Uint8Array, end: string): Promise<RunTensors> => {
    const part = await openPart(bytes, end, options);
    parts.push(part);
    return part.run;
  };

  try {
    const postTransform = await openPostTransform(
      aggregation.postTransform,
      aggregation.targets,
      options,
    );
    parts.push(postTransform);
    const before = front && (await open(front, fed));
    const behind = back && (await open(back, output));
    const fedWith = async (
      tensors: readonly InputTensor[],
      rows: number,
    ): Promise<Float32Array> => {
      if (before !== undefined) return (await before(tensors, rows)).data as Float32Array;
      const given = tensors.find(({ name }) => name === fed)!;
      checkFed(given);
      return given.values as Float32Array;
    };
    const { rows: sampled } = sample[0]!;
    const width = (await fedWith(sample, sampled)).length / sampled;
    if (ensemble.lastFeature >= width)
      throw new UnsupportedTrees('they test more features than the input has');

    await breathe();
    const kernel = create(ensemble, aggregation.targets, width);
    await breathe();
    const score = async (x: Float32Array, rows: number): Promise<Answer> => {
      const data = aggregation.toOutput(
        await postTransform.run(aggregation.aggregate(kernel.sums(x, rows, width))),
      );
      if (behind !== undefined) return behind([matrix(made, data, rows)], rows);
      return { data, rows, width: aggregation.width };
    };
    // If no nodes come before the trees, the open model is the reference, and is not opened twice.
    const reference =
      front === undefined && sample.length === 1
        ? { run, release: () => Promise.resolve() }
        : await openPart(whole(), output, options);
    const compare = async (x: Float32Array): Promise<number> => {
      const count = x.length / width;
      const expected = await reference.run([matrix(fed, x, count)], count);
      await breathe();
      if (!same(await score(x, count), expected))
        throw new UnsupportedTrees('the compiled trees return other scores');
      return count;
    };
    const compareAll = async (): Promise<number> => {
      const probes = probeRows(ensemble, COMPARED_ROWS, width);
      await breathe();
      let count = await compare(probes);
      await breathe();
      let i = 0;
      const size = (): number => COMPARED_SIZES[i++ % COMPARED_SIZES.length]!;
      for (const rows of leafCoveringRows(ensemble, width, size)) {
        count += await compare(rows);
        await breathe();
      }
      return count;
    };
    let compared;
    try {
      compared = await compareAll();
    } finally {
      await reference.release();
    }
    const trees = ensemble.trees.length;
    return {
      run: async (tensors, rows) => {
        return rows < MIN_ROWS ? run(tensors, rows) : score(await fedWith(tensors, rows), rows);
      },
      trees,
      compared,
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The same numbers, bit for bit. */
function same(a: Answer, b: Answer): boolean {
  if (a.rows !== b.rows || a.width !== b.width || a.data.length !== b.data.length) return false;
  for (let i = 0; i < a.data.length; i++) if (!Object.is(a.data[i], b.data[i])) return false;
  return true;
}
