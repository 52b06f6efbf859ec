import type { ReasonName, Reasons, ReasonValue } from './reasons.ts';

/** Collects the reasons of rows, in the order of the rows. */
export class ReasonsWriter {
  readonly #names: readonly ReasonName[];
  readonly #counts: Uint32Array;
  readonly #name: number[] = [];
  readonly #value: ReasonValue[] = [];
  readonly #contribution: number[] = [];

  constructor(names: readonly ReasonName[], rows: number) {
    this.#names = names;
    this.#counts = new Uint32Array(rows + 1);
  }

  add(row: number, name: number, value: ReasonValue, contribution: number): void {
    this.#counts[row + 1]!++;
    this.#name.push(name);
    this.#value.push(value);
    this.#contribution.push(contribution);
  }

  done(): Reasons {
    const starts = this.#counts;
    for (let row = 1; row < starts.length; row++) starts[row]! += starts[row - 1]!;
    return {
      names: this.#names,
      starts,
      name: Uint16Array.from(this.#name),
      value: this.#value,
      contribution: Float64Array.from(this.#contribution),
    };
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
