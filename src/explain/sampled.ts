import type { Background } from '../flow/attributions.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { random } from '../runtime/random.ts';
import { NotThisWay, type Explainable, type Way } from './explainable.ts';
import { hashOfRow, MixedRows } from './mixed-rows.ts';

/** With fewer, there is no standard error. */
const LEAST_PAIRS = 2;

/** Rows of one inference call, at most. */
const MAX_ROWS = 8192;

/**
 * Shapley values of the fields for any model, by sampling. A walk begins at a row of the background
 * and takes over one field of the event after the other, in a random order; each field gets what
 * the score changes by. Each walk has a twin in the opposite order, which takes out most of the
 * chance. Every row of the background that is used begins equally many walks, so the values and the
 * mean score of these rows add up to the score of the event exactly. The order follows from the
 * values of the event alone, so an event has the same values whenever it is explained.
 */
export async function sampledWay(
  { score }: Explainable,
  { tensors: background, rows, fieldOf, fields, budget }: Background,
): Promise<Way> {
  if (rows === 0) throw new NotThisWay('there is no background');
  const steps = 2 * Math.max(1, fields - 1); // rows of a walk and its twin, without their ends
  const affordable = Math.floor((budget - 1) / steps);
  if (affordable < LEAST_PAIRS)
    throw new NotThisWay(
      `explain.budget allows ${budget} rows for one event, and ${fields} fields need at least ${LEAST_PAIRS * steps + 1}`,
    );
  const { score: known } = await score(background, rows);
  if (!known.every(Number.isFinite))
    throw new NotThisWay('the model has no finite score for some events of the background');
  const starts = startsOf(known, affordable);
  const base = starts.reduce((sum, row) => sum + known[row]!, 0) / starts.length;
  const pairs = starts.length;

  /** The values of one row, and their standard errors. */
  async function explainRow(own: readonly InputTensor[], row: number): Promise<Sampled> {
    const next = random(hashOfRow(own, row));
    const orders = starts.map(() => shuffled(fields, next));
    const mixed = new MixedRows(own, fieldOf, 1 + pairs * steps);
    const isOwn = new Uint8Array(fields).fill(1);
    mixed.add(own, row, own, row, isOwn);
    for (const [pair, order] of orders.entries())
      for (const taken of [order, order.toReversed()]) {
        isOwn.fill(0);
        for (let i = 0; i < fields - 1; i++) {
          isOwn[taken[i]!] = 1;
          mixed.add(own, row, background, starts[pair]!, isOwn);
        }
      }
    const scores = await scoresOf(mixed.tensors(), mixed.rows);
    const [whole] = scores as unknown as [number];
    const values = new Float64Array(fields);
    const squares = new Float64Array(fields);
    const both = new Float64Array(fields);
    let at = 1;
    for (const [pair, order] of orders.entries()) {
      both.fill(0);
      for (const taken of [order, order.toReversed()]) {
        let before = known[starts[pair]!]!;
        for (let i = 0; i < fields; i++) {
          const after = i === fields - 1 ? whole : scores[at++]!;
          both[taken[i]!]! += (after - before) / 2;
          before = after;
        }
      }
      for (let field = 0; field < fields; field++) {
        values[field]! += both[field]! / pairs;
        squares[field]! += both[field]! ** 2 / pairs;
      }
    }
    const errors = squares.map((square, field) =>
      Math.sqrt(Math.max(0, square - values[field]! ** 2) / (pairs - 1)),
    );
    return { values, errors };
  }

  async function scoresOf(mixed: readonly InputTensor[], count: number): Promise<Float64Array> {
    if (count <= MAX_ROWS) return (await score(mixed, count)).score;
    const all = new Float64Array(count);
    for (let from = 0; from < count; from += MAX_ROWS) {
      const size = Math.min(MAX_ROWS, count - from);
      all.set((await score(sliceOf(mixed, from, size), size)).score, from);
    }
    return all;
  }

  return {
    by: {
      method: 'sampled',
      space: 'score',
      notes: [
        `sampled: ${1 + pairs * steps} rows are scored to explain one event, against ${new Set(starts).size} events of the background`,
      ],
    },
    explain: async (tensors, count) => {
      const values = new Float64Array(count * fields);
      const errors = new Float64Array(count * fields);
      // One event after the other: the rows beside it may not change its values.
      for (let row = 0; row < count; row++) {
        const one = await explainRow(tensors, row);
        values.set(one.values, row * fields);
        errors.set(one.errors, row * fields);
      }
      return { columns: fields, base, values, errors };
    },
  };
}

interface Sampled {
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

/**
 * The rows of the background at which walks begin: all, equally often, or as many as possible,
 * spread evenly over the scores.
 */
function startsOf(known: Float64Array, count: number): readonly number[] {
  const rows = known.length;
  const byScore = [...known.keys()].sort((a, b) => known[a]! - known[b]! || a - b);
  const times = Math.floor(count / rows);
  if (times > 0) return Array.from({ length: times * rows }, (_, i) => byScore[i % rows]!);
  return Array.from({ length: count }, (_, i) => byScore[Math.floor(((i + 0.5) * rows) / count)]!);
}

function shuffled(count: number, next: () => number): readonly number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function sliceOf(tensors: readonly InputTensor[], from: number, rows: number): InputTensor[] {
  return tensors.map((tensor) => {
    const width = tensor.values.length / tensor.rows;
    const values = tensor.values as Float32Array;
    return { ...tensor, rows, values: values.slice(from * width, (from + rows) * width) };
  });
}
