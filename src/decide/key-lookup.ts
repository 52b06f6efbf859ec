import type { ListSettings } from '../flow/policy-settings.ts';
import type { Rows } from './columns/rows.ts';
import { TruthScratch, type Bools, type Ints } from './columns/vector.ts';
import type { KeyList } from './lists/key-list.ts';

/**
 * Whether the key of each event is on a list now. An event without a key (null) is on no list. Only
 * rows that are still `open` are looked up.
 */
export function keyLookup(
  list: KeyList,
  slot: number,
  now: () => number,
  open: () => Uint8Array,
): (batch: Rows) => Bools {
  const scratch = new TruthScratch();
  return (batch) => {
    const { values: out, words } = scratch.of(batch.rows);
    const column = batch.column(slot);
    let some =
      column.as === 'utf8'
        ? list.mark(column, open(), now(), out, batch.rows)
        : markIntegers(list, batch.field(slot) as Ints, open(), now(), out.subarray(0, batch.rows));
    // A key that cannot be read is an error, and null is on no list.
    for (let row = 0; row < batch.rows; row++) {
      const wrong = column.state[row]!;
      if (wrong > 1) some |= out[row] = wrong;
    }
    return { is: 'bool', values: out, words, some, state: null };
  };
}

/** Keys are the digits of the integers. */
function markIntegers(
  list: KeyList,
  { values, exact, state }: Ints,
  open: Uint8Array,
  now: number,
  out: Uint8Array,
): number {
  let all = 0;
  for (let row = 0; row < out.length; row++) {
    out[row] = 0;
    if (open[row] === 0 || (state !== null && state[row] !== 0)) continue;
    all |= out[row] = +list.has(String(exact === null ? values[row] : exact[row]), now);
  }
  return all;
}

/** The label of a policy with how far its lists were read: `2026-11 blocked-cards@0:1532`. */
export function labelOf(
  label: string | null,
  lists: readonly { readonly name: string; readonly keys: KeyList }[],
): string | null {
  if (lists.length === 0) return label;
  const positions = lists.map(({ name, keys }) => `${name}@${keys.position}`);
  return [...(label === null ? [] : [label]), ...positions].join(' ');
}

/** Where nobody has opened lists, a policy that needs them cannot decide. */
export const notOpen = ({ name }: ListSettings): KeyList => {
  throw new TypeError(`the list ${name} is not open`);
};
