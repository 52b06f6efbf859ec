import { FeatureClasses, ONE_CLASS } from './classes.ts';
import type { Condition } from './condition.ts';
import type { Path } from './paths.ts';

/**
 * Paths whose contributions depend on so few classes of values that a table can hold them for each
 * combination.
 */
export interface Block {
  readonly paths: readonly Path[];
  /** By feature of the tree: the number of its classes. */
  readonly classes: Int32Array;
  /** Combinations of classes. */
  readonly size: number;
}

/** With more blocks than this, not all pairs are tried, only neighbours. */
const MAX_PAIRED = 48;

/** What the paths of a tree ask of its features. */
export function featuresOf(paths: readonly Path[]): readonly FeatureClasses[] {
  const found = new Map<number, Set<Condition>>();
  for (const { features, conditions } of paths) {
    for (const [i, feature] of features.entries()) {
      const known = found.get(feature);
      if (known === undefined) found.set(feature, new Set([conditions[i]!]));
      else known.add(conditions[i]!);
    }
  }
  // what the most conditions ask comes first: there, two paths most likely do not fit together
  return [...found]
    .sort(([, a], [, b]) => b.size - a.size)
    .map(([feature, conditions]) => new FeatureClasses(feature, [...conditions]));
}

/** Packs the paths of a tree into blocks of at most `limit` combinations, if possible few blocks. */
export function blocksOf(
  paths: readonly Path[],
  features: readonly FeatureClasses[],
  limit: number,
): readonly Block[] {
  const packing = new Packing(features, limit);
  const neighbours: Block[] = [];
  const wide = paths.length > MAX_PAIRED;
  for (const path of paths) {
    const single = packing.blockOf(path);
    const last = neighbours.at(-1);
    if (wide && last !== undefined && packing.sizeOf(last, single) > 0)
      neighbours[neighbours.length - 1] = packing.join(last, single);
    else neighbours.push(single);
  }
  return neighbours.length > MAX_PAIRED ? neighbours : pairUp(neighbours, packing);
}

/** Joins the two blocks that need the least more together, until no two fit. */
function pairUp(blocks: Block[], packing: Packing): readonly Block[] {
  const count = blocks.length;
  // for each block and each before it: their size together, or 0
  const sizes = new Int32Array(count * count);
  const measure = (i: number, j: number): void => {
    sizes[i * count + j] = packing.sizeOf(blocks[i]!, blocks[j]!);
  };
  for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) measure(i, j);
  const left = blocks.map((_, i) => i);
  for (;;) {
    let [best, first, second] = [Infinity, -1, -1];
    for (let a = 1; a < left.length; a++) {
      const i = left[a]!;
      const { size: own } = blocks[i]!;
      for (let b = 0; b < a; b++) {
        const j = left[b]!;
        const size = sizes[i * count + j]!;
        if (size === 0) continue;
        const growth = size - own - blocks[j]!.size;
        if (growth < best) [best, first, second] = [growth, j, i];
      }
    }
    if (first < 0) return left.map((i) => blocks[i]!);
    blocks[first] = packing.join(blocks[first]!, blocks[second]!);
    left.splice(left.indexOf(second), 1);
    for (const other of left)
      if (other !== first) measure(Math.max(other, first), Math.min(other, first));
  }
}

/** Joins blocks of one tree, as long as their combinations are at most `limit`. */
class Packing {
  readonly #features: readonly FeatureClasses[];
  readonly #places: ReadonlyMap<number, number>;
  readonly #limit: number;

  constructor(features: readonly FeatureClasses[], limit: number) {
    this.#features = features;
    this.#places = new Map(features.map(({ feature }, place) => [feature, place]));
    this.#limit = limit;
  }

  blockOf(path: Path): Block {
    const classes = new Int32Array(this.#features.length).fill(ONE_CLASS);
    let size = 1;
    for (const [i, feature] of path.features.entries()) {
      const place = this.#places.get(feature)!;
      const own = this.#features[place]!;
      classes[place] = own.of(path.conditions[i]!);
      size *= own.countOf(classes[place]);
    }
    return { paths: [path], classes, size };
  }

  /** Combinations of both together; 0 if they do not fit. */
  sizeOf({ classes: a }: Block, { classes: b }: Block): number {
    let size = 1;
    for (let place = 0; place < a.length; place++) {
      size *= this.#features[place]!.countTogether(a[place]!, b[place]!);
      if (size > this.#limit) return 0;
    }
    return size;
  }

  /** Of blocks that fit. */
  join(a: Block, b: Block): Block {
    return {
      paths: [...a.paths, ...b.paths],
      classes: a.classes.map((own, place) => this.#features[place]!.join(own, b.classes[place]!)),
      size: this.sizeOf(a, b),
    };
  }
}
