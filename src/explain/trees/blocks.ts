import { classesOf, type Classes } from './classes.ts';
import type { Condition } from './condition.ts';
import type { Path } from './paths.ts';

/**
 * Paths whose contributions depend on so few classes of values that a table can hold them for each
 * combination.
 */
export interface Block {
  readonly paths: readonly Path[];
  readonly features: readonly BlockFeature[];
  /** Combinations of classes. */
  readonly size: number;
}

export interface BlockFeature {
  readonly feature: number;
  /** Different ones, by their keys. */
  readonly conditions: ReadonlyMap<string, Condition>;
  readonly classes: Classes;
}

/** With more blocks than this, not all pairs are tried, only neighbours. */
const MAX_PAIRED = 48;

/** Packs the paths of a tree into blocks of at most `limit` combinations, if possible few blocks. */
export function blocksOf(paths: readonly Path[], limit: number): readonly Block[] {
  const neighbours: Block[] = [];
  const wide = paths.length > MAX_PAIRED;
  for (const path of paths) {
    const single = blockOf(path);
    const last = neighbours.at(-1);
    const joined = wide && last !== undefined ? join(last, single, limit) : undefined;
    if (joined === undefined) neighbours.push(single);
    else neighbours[neighbours.length - 1] = joined;
  }
  return neighbours.length > MAX_PAIRED ? neighbours : pairUp(neighbours, limit);
}

/** Joins the two blocks that need the least more together, until no two fit. */
function pairUp(blocks: Block[], limit: number): Block[] {
  const joins: (Block | undefined)[][] = blocks.map((block, i) =>
    blocks.slice(0, i).map((other) => join(other, block, limit)),
  );
  for (;;) {
    let best: { readonly i: number; readonly j: number; readonly growth: number } | undefined;
    for (let i = 0; i < blocks.length; i++) {
      for (let j = 0; j < i; j++) {
        const joined = joins[i]![j];
        if (joined === undefined) continue;
        const growth = joined.size - blocks[i]!.size - blocks[j]!.size;
        if (best === undefined || growth < best.growth) best = { i, j, growth };
      }
    }
    if (best === undefined) return blocks;
    const { i, j } = best;
    const joined = joins[i]![j]!;
    blocks.splice(i, 1);
    joins.splice(i, 1);
    for (const row of joins) row.splice(i, 1);
    blocks[j] = joined;
    joins[j] = blocks.slice(0, j).map((other) => join(other, joined, limit));
    for (let k = j + 1; k < blocks.length; k++) joins[k]![j] = join(blocks[k]!, joined, limit);
  }
}

export const keyOf = ({ start, turns, nan }: Condition): string =>
  `${start ? 1 : 0}${nan ? 1 : 0}${turns.join()}`;

function blockOf(path: Path): Block {
  const features = path.features.map((feature, i) => {
    const condition = path.conditions[i]!;
    const conditions = new Map([[keyOf(condition), condition]]);
    return { feature, conditions, classes: classesOf([condition])! };
  });
  return { paths: [path], features, size: features.reduce((all, f) => all * f.classes.count, 1) };
}

/** Undefined if the combinations of both are more than `limit`. */
function join(a: Block, b: Block, limit: number): Block | undefined {
  const features: BlockFeature[] = [];
  let size = 1;
  const other = new Map(b.features.map((feature) => [feature.feature, feature]));
  for (const own of a.features) {
    const theirs = other.get(own.feature);
    other.delete(own.feature);
    const merged = theirs === undefined ? own : merge(own, theirs);
    if (merged === undefined) return undefined;
    features.push(merged);
    size *= merged.classes.count;
    if (size > limit) return undefined;
  }
  for (const rest of other.values()) {
    features.push(rest);
    size *= rest.classes.count;
    if (size > limit) return undefined;
  }
  return { paths: [...a.paths, ...b.paths], features, size };
}

function merge(a: BlockFeature, b: BlockFeature): BlockFeature | undefined {
  let isNew = false;
  for (const key of b.conditions.keys()) isNew ||= !a.conditions.has(key);
  if (!isNew) return a;
  const conditions = new Map([...a.conditions, ...b.conditions]);
  const classes = classesOf([...conditions.values()]);
  return classes && { feature: a.feature, conditions, classes };
}
