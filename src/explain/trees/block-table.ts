import type { BlockFeature, Combinations } from './combinations.ts';
import { isTrue } from './condition.ts';
import type { LeafShares } from './leaf-shares.ts';
import type { Path } from './paths.ts';

/** Fills the tables of blocks, one after the other with the same memory. */
export class BlockFiller {
  readonly #sharesOf: (path: Path) => LeafShares;
  readonly #factor: number;
  /** By feature of the block: its numbers of all combinations. */
  #sums = new Float64Array(0);
  #vectors = new Float64Array(0);
  #patterns = new Int32Array(0);

  /** `factor`: what the contributions of all paths are multiplied by. */
  constructor(sharesOf: (path: Path) => LeafShares, factor: number) {
    this.#sharesOf = sharesOf;
    this.#factor = factor;
  }

  /**
   * Writes what the paths of a block add, for each combination: combinations × `lanes` numbers.
   * `laneOf`: the place of a feature.
   */
  fill(
    table: Float32Array,
    paths: readonly Path[],
    { features, size }: Combinations,
    lanes: number,
    laneOf: (feature: number) => number,
  ): void {
    const own = [...new Set(paths.flatMap((path) => path.features))];
    if (this.#sums.length < size * own.length) this.#sums = new Float64Array(size * own.length);
    if (this.#patterns.length < size) this.#patterns = new Int32Array(size);
    const [sums, patterns] = [this.#sums.fill(0, 0, size * own.length), this.#patterns];
    for (const path of paths) {
      const count = path.features.length;
      const numbers = 2 ** count * count;
      if (this.#vectors.length < numbers) this.#vectors = new Float64Array(numbers);
      const vectors = this.#vectors.fill(0, 0, numbers);
      this.#sharesOf(path).all(vectors);
      writePatterns(path, features, patterns);
      for (const [i, feature] of path.features.entries())
        addColumn(sums, own.indexOf(feature) * size, size, patterns, vectors, i, count);
    }
    for (const [i, feature] of own.entries())
      writeColumn(table, laneOf(feature), lanes, sums, i * size, size, this.#factor);
  }
}

function addColumn(
  sums: Float64Array,
  from: number,
  size: number,
  patterns: Int32Array,
  vectors: Float64Array,
  place: number,
  count: number,
): void {
  for (let k = 0; k < size; k++)
    sums[from + k] = sums[from + k]! + vectors[patterns[k]! * count + place]!;
}

function writeColumn(
  table: Float32Array,
  lane: number,
  lanes: number,
  sums: Float64Array,
  from: number,
  size: number,
  factor: number,
): void {
  for (let k = 0, at = lane; k < size; k++, at += lanes) table[at] = factor * sums[from + k]!;
}

/** For each combination, which conditions of a path are true (bit i: that of feature i). */
function writePatterns(path: Path, features: readonly BlockFeature[], patterns: Int32Array): void {
  patterns[0] = constantBits(path, features);
  let known = 1;
  for (const { all, number, classes } of features) {
    const i = path.features.indexOf(all.feature);
    const answers = i < 0 ? undefined : all.answersOf(path.conditions[i]!, number);
    // The first class overwrites what the others start from, so it comes last.
    for (let digit = classes.count - 1; digit >= 0; digit--) {
      const own = answers?.[digit] === 1 ? 1 << i : 0;
      const to = digit * known;
      for (let k = 0; k < known; k++) patterns[to + k] = patterns[k]! | own;
    }
    known *= classes.count;
  }
}

/** Conditions that hold for every value: no class depends on them. */
function constantBits({ features, conditions }: Path, told: readonly BlockFeature[]): number {
  let bits = 0;
  for (const [i, feature] of features.entries())
    if (!told.some(({ all }) => all.feature === feature) && isTrue(conditions[i]!, 0))
      bits |= 1 << i;
  return bits;
}
