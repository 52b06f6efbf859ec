import type { ReasonName, Reasons, ReasonValue } from './reasons.ts';

/** Collects the reasons of rows, which come in ascending order; throws RangeError otherwise. */
export class ReasonsWriter {
  readonly #names: readonly ReasonName[];
  readonly #starts: Uint32Array;
  /** Rows up to this one have their start. */
  #row = 0;
  readonly #name: number[] = [];
  readonly #value: ReasonValue[] = [];
  readonly #contribution: number[] = [];

  constructor(names: readonly ReasonName[], rows: number) {
    this.#names = names;
    this.#starts = new Uint32Array(rows + 1);
  }

  add(row: number, name: number, value: ReasonValue, contribution: number): void {
    if (row < this.#row) throw new RangeError('the rows with reasons are not in ascending order');
    if (row > this.#row) this.#reach(row);
    this.#name.push(name);
    this.#value.push(value);
    this.#contribution.push(contribution);
  }

  done(): Reasons {
    this.#reach(this.#starts.length - 1);
    return {
      names: this.#names,
      starts: this.#starts,
      name: Uint16Array.from(this.#name),
      value: this.#value,
      contribution: Float64Array.from(this.#contribution),
    };
  }

  /** The rows after the last one with reasons, up to this one, begin where its reasons end. */
  #reach(row: number): void {
    this.#starts.fill(this.#name.length, this.#row + 1, row + 1);
    this.#row = row;
  }
}

/** The reasons of the same batch that two versions of the model gave, each for its own rows. */
export function joinReasons(
  own: Reasons | undefined,
  other: Reasons | undefined,
): Reasons | undefined {
  if (own === undefined || other === undefined) return own ?? other;
  const joined = new ReasonsWriter([...own.names, ...other.names], own.starts.length - 1);
  const copy = (from: Reasons, row: number, shift: number): void => {
    for (let i = from.starts[row]!; i < from.starts[row + 1]!; i++)
      joined.add(row, from.name[i]! + shift, from.value[i]!, from.contribution[i]!);
  };
  for (let row = 0; row < own.starts.length - 1; row++) {
    copy(own, row, 0);
    copy(other, row, own.names.length);
  }
  return joined.done();
}
