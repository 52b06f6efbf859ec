import { BoundedNames } from './names.ts';

const MAX = 250;
/** The number of a decision where nothing is decided. */
export const NO_DECISION = 255;

/** The names behind the numbers in the table of scores. */
export class KeptNames {
  readonly versions = new BoundedNames(32);
  readonly decisions = new BoundedNames(MAX);
  /** The first reason of a decision, or else what decided. */
  readonly whys = new BoundedNames(MAX);
  /** Their numbers are one higher: 0 is no segment. */
  readonly #segments = new BoundedNames(32);
  /** By version: no score was outside of 0 to 1. */
  readonly bounded: boolean[] = [];

  segment(name: string | null): number {
    return name === null ? 0 : this.#segments.code(name) + 1;
  }

  segmentName(code: number): string {
    return this.#segments.all[code - 1]!;
  }
}
