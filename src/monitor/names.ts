/**
 * Names as small numbers, so that a monitor needs bounded memory and its metrics have bounded
 * labels. The first ones that are seen get a number of their own; all later ones share the number 0.
 */
export class BoundedNames {
  /** The name of each number. */
  readonly all: string[];
  readonly #max: number;
  readonly #codes = new Map<string, number>();

  /** `others`: what those beyond the first `max` are called. */
  constructor(max: number, others = '(other)') {
    this.#max = max;
    this.all = [others];
  }

  code(name: string): number {
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    if (this.all.length > this.#max) return 0;
    const code = this.all.push(name) - 1;
    this.#codes.set(name, code);
    return code;
  }
}
