import { TRUE, type Bools } from './columns/vector.ts';

/** What was decided so far. Small loops of their own, because V8 optimises those at once. */
export interface Settled {
  /** 1: nothing has decided yet. */
  open: Uint8Array;
  /** The decision, and what decided. */
  index: Uint16Array;
  decidedBy: Uint16Array;
}

/** What was decided about the rows of one batch after the other. */
export class SettledRows implements Settled {
  open = new Uint8Array(0);
  index = new Uint16Array(0);
  decidedBy = new Uint16Array(0);

  /** `open` is used again, and means nothing yet; the decisions are those of the batch alone. */
  begin(rows: number): void {
    if (this.open.length < rows) this.open = new Uint8Array(rows);
    this.index = new Uint16Array(rows);
    this.decidedBy = new Uint16Array(rows);
  }

  /** Takes over what was decided about these rows. */
  put(rows: Int32Array, { open, index, decidedBy }: Settled): void {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      this.open[row] = open[i]!;
      this.index[row] = index[i]!;
      this.decidedBy[row] = decidedBy[i]!;
    }
  }
}

/**
 * Decides the open rows where a part holds. Returns how many. Most rules hold for few events, so four
 * rows at a time are passed over where the part holds for none of them.
 */
export function settle(
  settled: Settled,
  { values, words }: Pick<Bools, 'values' | 'words'>,
  decision: number,
  decider: number,
): number {
  const rows = settled.index.length;
  if (words === undefined) return settleRows(settled, values, 0, rows, decision, decider);
  let count = 0;
  const whole = rows >>> 2;
  for (let word = 0; word < whole; word++)
    if (words[word] !== 0)
      count += settleRows(settled, values, 4 * word, 4 * word + 4, decision, decider);
  return count + settleRows(settled, values, 4 * whole, rows, decision, decider);
}

function settleRows(
  { open, index, decidedBy }: Settled,
  holds: Uint8Array,
  from: number,
  to: number,
  decision: number,
  decider: number,
): number {
  let count = 0;
  for (let row = from; row < to; row++) {
    if (holds[row] !== TRUE || open[row] === 0) continue;
    count++;
    open[row] = 0;
    index[row] = decision;
    decidedBy[row] = decider;
  }
  return count;
}

/** How many open rows a part holds for. */
export function countHolds({ open, index }: Settled, holds: Uint8Array): number {
  let count = 0;
  for (let row = 0; row < index.length; row++) count += +(holds[row] === TRUE) & open[row]!;
  return count;
}

/** The open rows for which a part could not be evaluated. */
export function failedRows({ open, index }: Settled, holds: Uint8Array): number[] {
  const failed: number[] = [];
  for (let row = 0; row < index.length; row++)
    if (holds[row]! > TRUE && open[row] !== 0) failed.push(row);
  return failed;
}
