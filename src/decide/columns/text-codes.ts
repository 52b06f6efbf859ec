import type { Texts } from './vector.ts';

/**
 * The strings that conditions compare one field with. A value is looked up once per event; then each
 * condition compares a small number instead of a string. 0: none of them.
 */
export class TextCodes {
  readonly #codes = new Map<string, number>();
  #of = new Uint32Array(0);

  /** The code of a string that a condition names. */
  add(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    this.#codes.set(text, this.#codes.size + 1);
    return this.#codes.size;
  }

  /** More than the largest code. */
  get count(): number {
    return this.#codes.size + 1;
  }

  /** The codes of all rows, overwritten with the next batch. */
  of({ values }: Texts, rows: number): Uint32Array {
    if (this.#of.length < rows) this.#of = new Uint32Array(rows);
    const codes = this.#of;
    for (let row = 0; row < rows; row++) codes[row] = this.#codes.get(values[row]!) ?? 0;
    return codes;
  }
}
