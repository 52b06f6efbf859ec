import { halfBits } from '../flow/half.ts';
import type { InputTensor } from '../flow/tensors.ts';
import type { RunTensors } from './fixed-batch.ts';
import { RunFailed } from './run-failures.ts';

/** Values to try in a cell: strings and integers that occur in the model. */
export interface KnownValues {
  readonly texts: readonly string[];
  readonly numbers: readonly string[];
}

const LONGEST_MS = 3000;

/**
 * A row that the model accepts, for a model that fails for zeros and empty strings, such as an
 * encoder that knows only its own categories. A cell is changed until the model fails at another
 * node than before. This is a step further, because the runtime runs the nodes always in the same
 * order. Undefined if no such row is found.
 */
export async function acceptedRow(
  run: RunTensors,
  zeros: readonly InputTensor[],
  known: KnownValues,
): Promise<readonly InputTensor[] | undefined> {
  const until = performance.now() + LONGEST_MS;
  const ones = zeros.map((tensor) => filled(tensor, 1));
  const reached = new Set<string>();
  for (const start of [zeros, ones]) {
    let row = start;
    for (let place = await failsAt(run, row); ;) {
      if (place === undefined) return row;
      reached.add(place);
      let further: readonly InputTensor[] | undefined;
      for (const candidate of neighbours(row, known)) {
        if (performance.now() > until) return undefined;
        place = await failsAt(run, candidate);
        if (place !== undefined && reached.has(place)) continue;
        further = candidate;
        break;
      }
      if (further === undefined) break;
      row = further;
    }
  }
  return undefined;
}

/**
 * The node at which the model fails; undefined if it does not fail. Throws errors that do not
 * depend on the row.
 */
async function failsAt(run: RunTensors, row: readonly InputTensor[]): Promise<string | undefined> {
  try {
    await run(row, 1);
    return undefined;
  } catch (error) {
    if (!(error instanceof RunFailed) || error.isOfMemory) throw error;
    return error.message.split('Status Message')[0]!;
  }
}

/** The same row with one cell changed. */
function* neighbours(
  row: readonly InputTensor[],
  { texts, numbers }: KnownValues,
): Generator<readonly InputTensor[]> {
  for (const [t, tensor] of row.entries()) {
    const { values } = tensor;
    const changed = (value: unknown, cell: number): readonly InputTensor[] => {
      const copy = values.slice() as unknown[];
      copy[cell] = value;
      return row.with(t, { ...tensor, values: copy as unknown as InputTensor['values'] });
    };
    for (let cell = 0; cell < values.length; cell++) {
      if (Array.isArray(values)) for (const text of texts) yield changed(text, cell);
      else
        for (const number of ['1', ...numbers]) yield changed(cellOf(tensor, Number(number)), cell);
    }
  }
}

function filled(tensor: InputTensor, value: number): InputTensor {
  if (Array.isArray(tensor.values)) return tensor;
  return {
    ...tensor,
    values: (tensor.values as Float32Array).map(() => cellOf(tensor, value) as number),
  };
}

function cellOf({ type, values }: InputTensor, value: number): number | bigint {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return BigInt(value);
  return type === 'float16' ? halfBits(value) : value;
}
