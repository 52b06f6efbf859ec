import type { ListSettings } from '../flow/policy-settings.ts';
import type { Rows } from './columns/rows.ts';
import { bytes, type Bools, type Ints, type Texts } from './columns/vector.ts';
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
  const scratch = bytes();
  return (batch) => {
    const { rows } = batch;
    const vector = batch.field(slot) as Ints | Texts;
    const { state } = vector;
    const out = scratch.of(rows);
    const undecided = open();
    const at = now();
    let some = 0;
    for (let row = 0; row < rows; row++) {
      const wrong = state === null ? 0 : state[row]!;
      if (undecided[row] === 0 || wrong === 1) out[row] = 0;
      else if (wrong > 1) out[row] = wrong;
      else out[row] = +list.has(keyOf(vector, row), at);
      some |= out[row]!;
    }
    return { is: 'bool', values: out, some, state: null };
  };
}

function keyOf(vector: Ints | Texts, row: number): string {
  if (vector.is === 'string') return vector.values[row]!;
  return String(vector.exact === null ? vector.values[row] : vector.exact[row]);
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
