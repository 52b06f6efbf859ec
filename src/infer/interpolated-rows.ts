import type { InputTensor } from '../flow/tensors.ts';
import { takeRows } from '../flow/take-rows.ts';

/** The answers of a model for rows: `width` numbers each. */
export interface Table {
  readonly data: ArrayLike<number | bigint>;
  readonly width: number;
}

const HALVINGS = 30;
const LONGEST_MS = 100;
/**
 * A row is between two others if its answer differs from both by at least this share of their
 * difference.
 */
const INSIDE = 0.1;

/**
 * Finds rows with answers of their own. For most rows a model may only answer 0 or 1, and a model
 * with scaled features does so nearly everywhere. Halves the distance between rows with different
 * answers until a row has another answer. Each runs alone, because the other rows may have an
 * effect. Undefined if there are more than a few different answers, or if there is nothing in
 * between, as with trees. Nothing is between a number and NaN or infinity, so rows with such an
 * answer stay as they are.
 */
export async function interpolatedRows(
  tensors: readonly InputTensor[],
  together: Table,
  answer: (row: readonly InputTensor[]) => Promise<Table>,
): Promise<readonly InputTensor[] | undefined> {
  const rows = tensors[0]!.rows;
  if (new Set(lastColumn(together)).size > Math.max(2, rows / 2)) return undefined;
  const begun = performance.now();
  const alone = async (row: readonly InputTensor[]): Promise<number> =>
    lastColumn(await answer(row))[0]!;
  const ends: { readonly at: readonly InputTensor[]; readonly y: number }[] = [];
  for (let row = 0; row < rows; row++) {
    const at = takeRows(tensors, [row]);
    ends.push({ at, y: await alone(at) });
  }
  let found = false;
  const between = tensors.map((tensor) => ({ ...tensor, values: tensor.values.slice() }));
  const finite = ends.filter(({ y }) => Number.isFinite(y));
  for (const [row, from] of ends.entries()) {
    if (!Number.isFinite(from.y)) continue;
    const to = finite.find(({ y }) => y !== from.y);
    if (to === undefined) return undefined;
    let [low, high] = [from.at, to.at];
    for (let time = 0; time < HALVINGS && performance.now() - begun < LONGEST_MS; time++) {
      const middle = halfWay(low, high);
      const way = ((await alone(middle)) - from.y) / (to.y - from.y);
      if (way > INSIDE && way < 1 - INSIDE) {
        putRow(between, row, middle);
        found = true;
        break;
      }
      if (way < 0.5) low = middle;
      else high = middle;
    }
  }
  return found ? between : undefined;
}

function lastColumn({ data, width }: Table): number[] {
  return Array.from({ length: data.length / width }, (_, row) =>
    Number(data[(row + 1) * width - 1]),
  );
}

/** Strings and integers are those of the first row. */
function halfWay(low: readonly InputTensor[], high: readonly InputTensor[]): InputTensor[] {
  return low.map((tensor, t) => {
    const { values } = tensor;
    if (!(values instanceof Float32Array || values instanceof Float64Array)) return tensor;
    const other = high[t]!.values as Float32Array;
    return {
      ...tensor,
      values: (values as Float32Array).map((value, i) => value / 2 + other[i]! / 2),
    };
  });
}

function putRow(into: readonly InputTensor[], row: number, from: readonly InputTensor[]): void {
  for (const [t, { values }] of from.entries()) {
    for (let i = 0; i < values.length; i++) into[t]!.values[row * values.length + i] = values[i]!;
  }
}
