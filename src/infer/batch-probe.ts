import { ScorerError } from '../errors.ts';
import type { InputSpec } from '../flow/features.ts';
import type { InputTensor } from '../flow/tensors.ts';
import type { RunTensors } from './fixed-batch.ts';
import { interpolatedRows, type Table } from './interpolated-rows.ts';
import { takeRows } from '../flow/take-rows.ts';
import { fillProbeRows, SCALES } from './probe-rows.ts';

export interface BatchProbe {
  /** The model that will run. */
  readonly run: RunTensors;
  /** Its inputs, with a given number of rows. */
  readonly zeros: (rows: number) => readonly InputTensor[];
  readonly specs: readonly InputSpec[];
  /** Strings that occur in the model. */
  readonly texts: readonly string[];
  /** `zeros`: a row that the model accepts. Only its fractions may be changed. */
  readonly fractionsOnly?: boolean;
  /** The output, for people. */
  readonly output: string;
  readonly yamlFile: string;
  /**
   * The model measures a whole batch (dynamic quantisation), and a warning says so. Only
   * differences above its rounding count.
   */
  readonly rounding: boolean;
  /** Some of its numbers have 16 bits, so the rounding of the kernels has larger effects. */
  readonly halves?: boolean;
  /** The largest batch to try. */
  readonly most?: number;
  /**
   * It has operators that draw random numbers. It runs more often, because some draw only rarely.
   */
  readonly draws?: boolean;
  /** Each event runs alone (`batchDependent`), so only repeatability is checked. */
  readonly alone: boolean;
}

/** Rows of a set; fewer if a model is slow. */
const ROWS = 8;
const FEWER_ROWS = 3;
const SLOW_MS = 250;
const SLOW_RUN_MS = 25;

/** After this time no further set is started. */
const LONGEST_MS = 3000;

/**
 * How often a set of rows is joined with itself: more rows than the set has, and not a power of
 * two.
 */
const TILES = 7;

/**
 * A model may treat many rows differently, so it also runs with the usual number of rows, if this
 * does not take longer than this.
 */
const LARGEST_MS = 200;
const LARGE_SETS = 2;
const REPEATS = 2;
const DRAWS = 10;

/**
 * Differences from the rounding of the kernels, which add in another order in another batch. They
 * are relative to the number itself and to the largest number of its column, because a difference
 * of large numbers keeps their errors.
 */
const RELATIVE = 2e-5;
const OF_LARGEST = 1e-5;
/** The same for numbers of 16 bits. */
const OF_HALVES = 2e-3;
/** Rounding is a fraction of the change that was made to the rows. */
const SHAKEN = 8;
const SHAKES = [1e-6, -1e-6, 4e-7, -7e-7];
/** Without another batch there is no other order. */
const REPEATED = 1e-5;
/** Rows of the same size, for models that quantise by the range of the batch. */
const QUANTISED = 0.25;

/**
 * Runs possible rows alone, together, in reverse order, among copies and twice, and compares the
 * answers. Throws MODEL_BATCH_DEPENDENT if the answer for a row depends on other rows, and
 * MODEL_NOT_REPEATABLE if it changes each time. Returns whether any rows could be compared: some
 * models reject rows that are unlike their data.
 */
export async function probeBatches(probe: BatchProbe): Promise<boolean> {
  const now = (): number => performance.now();
  const begun = now();
  let rows = ROWS;
  let compared = 0;
  let suspected = false;
  // A threshold can turn rounding into a large difference, but hardly twice, so two sets have to
  // agree.
  for (let set = 0; set < 2 * SCALES.length; set++) {
    const late = now() - begun > LONGEST_MS;
    if (compared > 0 && (set >= SCALES.length || late) && !suspected) break;
    if (compared === 0 && set >= SCALES.length && late) break;
    const started = now();
    const found = await probeSet(
      compared < LARGE_SETS || suspected ? probe : { ...probe, most: 0 },
      set,
      rows,
      () => (rows = FEWER_ROWS),
    ).catch((error: unknown) => {
      if (error instanceof ScorerError) throw error;
      return undefined;
    });
    if (found === undefined && now() - started > SLOW_MS) rows = FEWER_ROWS;
    if (found === undefined) continue;
    compared++;
    if (found === 'unrepeatable') throw unrepeatable(probe);
    if (found === 'same') continue;
    if (suspected) throw dependent(probe);
    suspected = true;
  }
  return compared > 0;
}

type Found = 'same' | 'dependent' | 'unrepeatable';

async function probeSet(
  probe: BatchProbe,
  set: number,
  rows: number,
  onSlow: () => void,
): Promise<Found> {
  const { zeros, specs, texts, fractionsOnly = false } = probe;
  const scale = SCALES[set % SCALES.length]!;
  const tensors = fillProbeRows({
    tensors: zeros(rows),
    specs,
    texts,
    scale,
    seed: set,
    fractionsOnly,
  });
  const begun = performance.now();
  const together = await tableOf(probe, tensors, rows);
  if (performance.now() - begun > SLOW_RUN_MS) onSlow();
  const found = await compare(probe, tensors, together);
  if (found !== 'same') return found;
  const between = await interpolatedRows(tensors, together, (row) => tableOf(probe, row, 1));
  return between === undefined
    ? 'same'
    : compare(probe, between, await tableOf(probe, between, rows));
}

async function tableOf(
  probe: BatchProbe,
  tensors: readonly InputTensor[],
  count: number,
): Promise<Table> {
  const { data, width, rows } = await probe.run(tensors, count);
  if (rows !== count) throw notARowEach(probe.output, rows, count, probe.yamlFile);
  // the runtime may reuse its memory
  return { data: Array.from(data as ArrayLike<number>), width };
}

/** Compares rows that ran together with the same rows among others. */
async function compare(
  probe: BatchProbe,
  tensors: readonly InputTensor[],
  together: Table,
): Promise<Found> {
  const rows = tensors[0]!.rows;
  const answer = (order: readonly number[]): Promise<Table> =>
    tableOf(probe, takeRows(tensors, order), order.length);
  const forward = Array.from({ length: rows }, (_, row) => row);
  const largest = largestOf(together);
  const repeated = largest.map((size) => REPEATED * size);
  const started = performance.now();
  for (let time = 0; time < REPEATS; time++) {
    if (differs(await answer(forward), forward, together, REPEATED, repeated))
      return 'unrepeatable';
  }
  const took = (performance.now() - started) / REPEATS;
  const copies = (count: number): number[] => Array.from({ length: count }, (_, i) => i % rows);
  const many = Math.max(
    rows,
    Math.min(probe.most ?? 0, Math.floor((rows * LARGEST_MS) / Math.max(took, 0.001))),
  );
  if (probe.draws === true) {
    const drawn = await answer(copies(many));
    const sizes = largestOf(drawn).map((size) => REPEATED * size);
    for (let time = 0; time < DRAWS; time++) {
      if (differs(await answer(copies(many)), copies(many), drawn, REPEATED, sizes))
        return 'unrepeatable';
    }
  }
  if (probe.alone) return 'same';
  const [relative, ofLargest] = probe.rounding
    ? [0, QUANTISED]
    : probe.halves === true
      ? [OF_HALVES, OF_HALVES]
      : [RELATIVE, OF_LARGEST];
  const limits = largest.map((size) => ofLargest * size);
  const tiled = copies(took > SLOW_RUN_MS ? rows : Math.max(TILES * rows, many));
  for (const order of [...forward.map((row) => [row]), forward.toReversed(), tiled]) {
    const other = await answer(order);
    if (!differs(other, order, together, relative, limits)) continue;
    const shaken: Table[] = [];
    for (const by of SHAKES) shaken.push(await tableOf(probe, shake(tensors, by), rows));
    if (differs(other, order, together, relative, limits, shaken)) return 'dependent';
  }
  return 'same';
}

/**
 * The same rows with the last bits of their fractions changed. If such a small change has a large
 * effect (nearest neighbours at equal distance, thresholds), rounding has the same effect, and that
 * is not a dependence on the batch.
 */
function shake(tensors: readonly InputTensor[], by: number): InputTensor[] {
  return tensors.map((tensor) => {
    if (!tensor.type.startsWith('float') || tensor.values instanceof Uint16Array) return tensor;
    const shaken = (tensor.values as Float32Array).map((value, i) =>
      isWhole(value) ? value : value * (1 + (i % 2 === 0 ? by : -by)),
    );
    return { ...tensor, values: shaken };
  });
}

/** Large numbers have no fractions. */
const isWhole = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 1e6;

/**
 * Whether rows of `a` have other numbers than the same rows of `b`. `order` maps each row of `a` to
 * its row of `b`. Allowed differences are `limits` for each column, and a multiple of the effect of
 * the small change.
 */
function differs(
  a: Table,
  order: readonly number[],
  b: Table,
  relative: number,
  limits: readonly number[],
  shaken?: readonly Table[],
): boolean {
  if (a.width !== b.width) return true;
  return order.some((row, i) => {
    for (let column = 0; column < b.width; column++) {
      const at = row * b.width + column;
      const x = Number(a.data[i * a.width + column]);
      const y = Number(b.data[at]);
      if (Object.is(x, y) || x === y) continue;
      const allowed = relative * Math.max(Math.abs(x), Math.abs(y)) + limits[column]!;
      if (Math.abs(x - y) <= allowed) continue;
      const noise = Math.max(
        0,
        ...(shaken ?? []).map(({ data }) => Math.abs(Number(data[at]) - y)),
      );
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
  const what = `the score of an event depends on the other events in its batch: the same rows give different numbers in ${output} when they run alone and when they run together`;
  return new ScorerError({
    code: 'MODEL_BATCH_DEPENDENT',
    what,
    where: `${yamlFile} outputs.score`,
  });
}

/** A score needs one row per event. */
export function notARowEach(
  output: string,
  answered: number,
  rows: number,
  where: string,
): ScorerError {
  return new ScorerError({
    code: 'MODEL_OUTPUT',
    what: `the output ${output} has ${answered} rows for ${rows} events; a score needs one row per event`,
    where: `${where} outputs.score`,
    remedy:
      'Set outputs.score to an output with one row per event, or export the model with a dynamic batch dimension.',
  });
}

function unrepeatable({ output, yamlFile }: BatchProbe): ScorerError {
  const what = `the model returns different numbers for the same rows (in ${output}): its scores are random, or depend on earlier runs`;
  return new ScorerError({
    code: 'MODEL_NOT_REPEATABLE',
    what,
    where: `${yamlFile} outputs.score`,
  });
}
