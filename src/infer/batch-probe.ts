import { ScorerError } from '../errors.ts';
import type { InputSpec } from '../flow/features.ts';
import type { InputTensor } from '../flow/tensors.ts';
import type { RunTensors } from './fixed-batch.ts';
import { fillProbeRows, SCALES, takeRows } from './probe-rows.ts';

export interface BatchProbe {
  /** The model as it is served. */
  readonly run: RunTensors;
  /** Its inputs with so many rows. */
  readonly zeros: (rows: number) => readonly InputTensor[];
  readonly specs: readonly InputSpec[];
  /** Texts that the model knows. */
  readonly texts: readonly string[];
  /** The output, for people. */
  readonly output: string;
  readonly yamlFile: string;
  /** It measures a whole batch by its nature, which is warned of: only what is more than its rounding counts. */
  readonly rounding: boolean;
  /** Each event is run alone (`batchDependent`): only whether it is answered alike is of interest. */
  readonly alone: boolean;
}

/** Rows of a set; fewer where a model is slow. */
const ROWS = 8;
const FEWER_ROWS = 3;
const SLOW_MS = 250;

/** No further set is begun after that. */
const LONGEST_MS = 3000;

/** So many times a set of rows is put together with itself: more rows than the set has, and no power of two. */
const TILES = 7;

/**
 * Differences that are the kernels' rounding: they add up in another order in another batch. Relative to the number itself,
 * and to the largest of its column, because what is left of a difference of large numbers has their errors.
 */
const RELATIVE = 1e-3;
const OF_LARGEST = 1e-4;
/** Rounding is a fraction of the change that was shaken into the rows. */
const SHAKEN = 8;
const SHAKES = [1e-6, -1e-6, 4e-7, -7e-7];
/** Without another batch there is no other order. */
const REPEATED = 1e-5;
/** Rows of one size that are quantised by the range of their batch. */
const QUANTISED = 0.25;

interface Table {
  readonly data: ArrayLike<number | bigint>;
  readonly width: number;
}

/**
 * Runs rows that an event could make alone, together, in reverse, among copies and twice, and compares. Throws
 * MODEL_BATCH_DEPENDENT where the answer to a row depends on the others, and MODEL_NOT_REPEATABLE where it is another one
 * each time. Answers whether any rows could be compared: some models throw at rows that are not of their world.
 */
export async function probeBatches(probe: BatchProbe): Promise<boolean> {
  const now = (): number => performance.now();
  const begun = now();
  let rows = ROWS;
  let compared = false;
  let suspected = false;
  // What a threshold makes of rounding is a difference as well, but hardly twice: two sets have to agree.
  for (let set = 0; set < 2 * SCALES.length; set++) {
    const late = now() - begun > LONGEST_MS;
    if (compared && (set >= SCALES.length || late) && !suspected) break;
    if (!compared && set >= SCALES.length && late) break;
    const started = now();
    const found = await probeSet(probe, set, rows).catch(() => undefined);
    if (now() - started > SLOW_MS) rows = FEWER_ROWS;
    if (found === undefined) continue;
    compared = true;
    if (found === 'unrepeatable') throw unrepeatable(probe);
    if (found === 'same') continue;
    if (suspected) throw dependent(probe);
    suspected = true;
  }
  return compared;
}

type Found = 'same' | 'dependent' | 'unrepeatable';

async function probeSet(probe: BatchProbe, set: number, rows: number): Promise<Found> {
  const { run, zeros, specs, texts, rounding } = probe;
  const scale = SCALES[set % SCALES.length]!;
  const tensors = fillProbeRows({ tensors: zeros(rows), specs, texts, scale, seed: set });
  const table = async (rowsOf: readonly InputTensor[], count: number): Promise<Table> => {
    const { data, width } = await run(rowsOf, count);
    return { data: Array.from(data as ArrayLike<number>), width }; // the runtime may use its memory again
  };
  const answer = (order: readonly number[]): Promise<Table> => table(takeRows(tensors, order), order.length);
  const forward = Array.from({ length: rows }, (_, row) => row);
  const started = performance.now();
  const together = await answer(forward);
  const slow = performance.now() - started > SLOW_MS;
  const largest = largestOf(together);
  const repeated = largest.map((size) => REPEATED * size);
  for (let time = 0; time < 2; time++) {
    if (differs(await answer(forward), forward, together, REPEATED, repeated)) return 'unrepeatable';
  }
  if (probe.alone) return 'same';
  const [relative, ofLargest] = rounding ? [0, QUANTISED] : [RELATIVE, OF_LARGEST];
  const copies = Array.from({ length: (slow ? 1 : TILES) * rows }, (_, i) => i % rows);
  const limits = largest.map((size) => ofLargest * size);
  for (const order of [...forward.map((row) => [row]), forward.toReversed(), copies]) {
    const other = await answer(order);
    if (!differs(other, order, together, relative, limits)) continue;
    const shaken: Table[] = [];
    for (const by of SHAKES) shaken.push(await table(shake(tensors, by), rows));
    if (differs(other, order, together, relative, limits, shaken)) return 'dependent';
  }
  return 'same';
}

/**
 * The same rows with the last bits of their fractions changed. A model that makes much of so little (neighbours that are as
 * near as others, thresholds) makes as much of rounding, which is no dependence on the batch.
 */
function shake(tensors: readonly InputTensor[], by: number): InputTensor[] {
  return tensors.map((tensor) => {
    if (!tensor.type.startsWith('float') || tensor.values instanceof Uint16Array) return tensor;
    const shaken = (tensor.values as Float32Array).map((value, i) => Number.isInteger(value) ? value : value * (1 + (i % 2 === 0 ? by : -by))); // prettier-ignore
    return { ...tensor, values: shaken };
  });
}

/**
 * Whether rows of `a` have other numbers than the same rows of `b`; `order` says which row of `b` each of `a` is. `limits` are
 * differences that are allowed in each column, and so is several times what shaking the row made of it.
 */
function differs(
  a: Table,
  order: readonly number[],
  b: Table,
  relative: number,
  limits: readonly number[],
  shaken?: readonly Table[],
): boolean {
  return order.some((row, i) => {
    for (let column = 0; column < b.width; column++) {
      const at = row * b.width + column;
      const x = Number(a.data[i * a.width + column]);
      const y = Number(b.data[at]);
      if (Object.is(x, y) || x === y) continue;
      const allowed = relative * Math.max(Math.abs(x), Math.abs(y)) + limits[column]!;
      if (Math.abs(x - y) <= allowed) continue;
      const noise = Math.max(0, ...(shaken ?? []).map(({ data }) => Math.abs(Number(data[at]) - y)));
      if (!(Math.abs(x - y) <= SHAKEN * noise)) return true;
    }
    return false;
  });
}

/** The largest finite number of each column. */
function largestOf({ data, width }: Table): number[] {
  const largest = new Array<number>(width).fill(0);
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(Number(data[i]));
    if (Number.isFinite(size) && size > largest[i % width]!) largest[i % width] = size;
  }
  return largest;
}

function dependent({ output, yamlFile }: BatchProbe): ScorerError {
  const what = `the score of an event depends on the events it shares a batch with: rows that were run alone and together have different numbers in ${output}`;
  return new ScorerError({ code: 'MODEL_BATCH_DEPENDENT', what, where: `${yamlFile} outputs.score` });
}

function unrepeatable({ output, yamlFile }: BatchProbe): ScorerError {
  const what = `the model answers the same rows differently each time (in ${output}): its scores are drawn, or depend on the runs before`;
  return new ScorerError({ code: 'MODEL_NOT_REPEATABLE', what, where: `${yamlFile} outputs.score` });
}
