/**
 * Values of one expression for all rows of a batch. `state` is that of an event's column: 0 a value,
 * 1 null, from 2 on an error. Null: every row has a value. A vector belongs to whoever made it, and
 * is overwritten with the next batch.
 */
export type Vector = Ints | Doubles | Texts | Bools | Nothing;

export interface Ints {
  readonly is: 'int';
  /** Exact up to 2^53; rounded beyond. */
  readonly values: Float64Array;
  /** All values, if one of them is beyond 2^53. */
  readonly exact: BigInt64Array | null;
  readonly state: Uint8Array | null;
}

export interface Doubles {
  readonly is: 'double';
  readonly values: Float64Array;
  readonly state: Uint8Array | null;
}

export interface Texts {
  readonly is: 'string';
  readonly values: readonly string[];
  readonly state: Uint8Array | null;
}

/** Truth values: 0 false, 1 true, from 2 on an error. A field that is null has NULL_OPERAND. */
export interface Bools {
  readonly is: 'bool';
  readonly values: Uint8Array;
  /** The values, four in each number, where somebody has such a view of them. */
  readonly words?: Uint32Array;
  /** All values joined by |: 0 if no row is true or an error, at most 1 if none is an error. */
  readonly some: number;
  /** Of a field that may be null: its state. Otherwise errors are in the values. */
  readonly state: Uint8Array | null;
}

/** The literal null. */
export interface Nothing {
  readonly is: 'null';
  readonly state: Uint8Array;
}

export const FALSE = 0;
export const TRUE = 1;

/** Errors. The first two are the states of an event's column. */
export const ABSENT_FIELD = 2;
export const OTHER_TYPE = 3;
export const NULL_OPERAND = 4;
export const DIVISION_BY_ZERO = 5;
export const OVERFLOW = 6;

/** In words, without values. */
export const WHY: Readonly<Record<number, string>> = {
  [ABSENT_FIELD]: 'the event does not have a field',
  [OTHER_TYPE]: 'a field has another type than in the schema of the subject',
  [NULL_OPERAND]: 'a field is null',
  [DIVISION_BY_ZERO]: 'division by zero',
  [OVERFLOW]: 'a result does not fit into 64 bits',
};

/** Largest integer up to which a double is exact, and so is the next one. */
export const SAFE = 2 ** 53 - 1;

/** The error of two operands that both have to be values; 0: there is none. */
export function errorOf(a: number, b: number): number {
  if (a > 1) return a;
  if (b > 1) return b;
  return a === 1 || b === 1 ? NULL_OPERAND : 0;
}

/** A growing buffer that is used again for every batch. */
export class Scratch<T extends Uint8Array | Float64Array> {
  readonly #make: (length: number) => T;
  #buffer: T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#buffer = make(0);
  }

  of(rows: number): T {
    if (this.#buffer.length < rows)
      this.#buffer = this.#make(Math.max(rows, 2 * this.#buffer.length));
    return this.#buffer;
  }
}

/** A growing buffer of truth values. */
export class TruthScratch {
  values = new Uint8Array(0);
  words = new Uint32Array(0);

  of(rows: number): this {
    if (this.values.length < rows) {
      this.words = new Uint32Array(Math.ceil(Math.max(rows, 2 * this.values.length) / 4));
      this.values = new Uint8Array(this.words.buffer);
    }
    return this;
  }
}

export const bytes = (): Scratch<Uint8Array> => new Scratch((length) => new Uint8Array(length));
export const doubles = (): Scratch<Float64Array> =>
  new Scratch((length) => new Float64Array(length));

let zeros = new Uint8Array(0);

/** No row is true or an error. Nobody writes to these values. */
export function falses(rows: number): Bools {
  if (zeros.length < rows) zeros = new Uint8Array(Math.max(rows, 2 * zeros.length));
  return { is: 'bool', values: zeros, some: 0, state: null };
}

/** Null as an error, for what has no value then. */
export function withoutNull(
  state: Uint8Array | null,
  errors: Scratch<Uint8Array>,
  rows: number,
): Uint8Array | null {
  if (state === null) return null;
  const out = errors.of(rows);
  for (let row = 0; row < rows; row++) out[row] = state[row] === 1 ? NULL_OPERAND : state[row]!;
  return out;
}
