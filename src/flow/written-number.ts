/**
 * A number in JSON that does not fit a double exactly. It has no keys, so it is never mistaken for
 * an object.
 */
export class WrittenNumber {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }

  /** The nearest double. */
  valueOf(): number {
    return Number(this.#text);
  }
}

/** A number as it is read from JSON. */
export type Written = number | bigint | WrittenNumber;

export function isWritten(json: unknown): json is Written {
  return typeof json === 'number' || typeof json === 'bigint' || json instanceof WrittenNumber;
}

/**
 * The value of the text of a number: `digits` × 10^`exponent`, without zeros at either end. No
 * digits for 0.
 */
export interface Digits {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** Of a number as JSON or JavaScript writes it, in linear time. */
export function digitsOf(text: string): Digits {
  const negative = text.startsWith('-');
  const e = text.search(/[eE]/);
  const mantissa = text.slice(negative ? 1 : 0, e === -1 ? text.length : e);
  const point = mantissa.indexOf('.');
  const all = point === -1 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1);
  let [start, end] = [0, all.length];
  while (start < end && all[start] === '0') start++;
  while (end > start && all[end - 1] === '0') end--;
  const behind = point === -1 ? 0 : mantissa.length - point - 1;
  const exponent = (e === -1 ? 0 : Number(text.slice(e + 1))) - behind + (all.length - end);
  return { negative, digits: all.slice(start, end), exponent: start === end ? 0 : exponent };
}

export function sameDigits(a: Digits, b: Digits): boolean {
  return (
    a.digits === b.digits &&
    a.exponent === b.exponent &&
    (a.negative === b.negative || a.digits === '')
  );
}
