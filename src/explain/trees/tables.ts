import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import { BlockFiller } from './block-table.ts';
import { blocksOf, featuresOf, type Block } from './blocks.ts';
import type { FeatureClasses } from './classes.ts';
import { combinationsOf } from './combinations.ts';
import { createShapKernel, type TreeTables } from './kernel.ts';
import { MAX_PATTERN, type LeafShares } from './leaf-shares.ts';
import { longPaths } from './long-paths.ts';
import { pathsOf, type Path } from './paths.ts';
import type { ScoringTree } from './scoring-trees.ts';
import type { Thresholds } from './thresholds.ts';

export interface TablesRequest {
  readonly trees: readonly ScoringTree[];
  readonly thresholds: Thresholds;
  readonly sharesOf: (path: Path) => LeafShares;
  readonly factor: number;
  readonly width: number;
  readonly breathe: () => Promise<void>;
}

export interface Tables {
  /** Of the tables alone. */
  readonly bytes: number;
  readonly note: string;
  readonly explain: (x: Float32Array, rows: number) => Float64Array;
}

/** Memory of all tables. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Leaves of all trees. Beyond that, to lay out the tables takes too long. */
export const MAX_PATHS = 100_000;

/**
 * A path of more features than one of these is computed for each row. The first is tried first: the
 * longer paths have tables, the faster, and the more memory.
 */
const LONG = [13, 12, 11, 10, 9, 8];
const MAX_LONG_PATHS = 20_000;

/** Combinations of a block: fewer tables if they are many, smaller tables if they are few. */
const LIMITS = [1024, 256, 64];

/**
 * Lays out what all paths add in tables. Throws `UnsupportedTrees` if they would need too much
 * memory or time.
 */
export async function createTables(request: TablesRequest, maxBytes = MAX_BYTES): Promise<Tables> {
  const { trees, thresholds, sharesOf, factor, width, breathe } = request;
  const paths: (readonly Path[])[] = [];
  let left = MAX_PATHS;
  for (const { steps, values, ratios } of trees) {
    const own = left > 0 ? pathsOf(steps, values, ratios, thresholds, left) : undefined;
    if (own === undefined) throw new UnsupportedTrees(`they have over ${MAX_PATHS} leaves`);
    left -= own.length;
    paths.push(own);
    await breathe();
  }
  const { planned, long } = await plan(paths, width, maxBytes, breathe);
  const laidOut = planned.map(({ blocks, all, lanes, features }): TreeTables => ({
    blocks: blocks.map((block) => {
      const combinations = combinationsOf(block, all);
      if (combinations === undefined) throw new UnsupportedTrees('a table has too many rows');
      return combinations;
    }),
    lanes,
    features,
  }));
  await breathe();
  const { explain, bytes: memory, tables } = createShapKernel(laidOut, thresholds, width);
  const filler = new BlockFiller(sharesOf, factor);
  for (const [t, { blocks, lanes, features }] of planned.entries()) {
    const places = features && new Map(features.map((feature, lane) => [feature, lane]));
    const laneOf = (feature: number): number => places?.get(feature) ?? feature;
    for (const [b, { paths: own }] of blocks.entries())
      filler.fill(tables[t]![b]!, own, laidOut[t]!.blocks[b]!, lanes, laneOf);
    await breathe();
  }
  const addLong = longPaths(long, sharesOf, thresholds, factor);
  const rest = long.length === 0 ? '' : `, and ${long.length} long paths one by one`;
  return {
    bytes: tables.flat().reduce((sum, { byteLength }) => sum + byteLength, 0),
    note: `from tables of ${Math.ceil(memory / 1024 / 1024)} MB${rest}`,
    explain: (x, rows) => {
      const phi = explain(x, rows);
      addLong(x, rows, width, phi);
      return phi;
    },
  };
}

interface Plan {
  readonly planned: readonly PlannedTree[];
  /** Paths without a table. */
  readonly long: readonly Path[];
}

interface PlannedTree extends Lanes {
  readonly blocks: readonly Block[];
  /** What the paths of the blocks ask. */
  readonly all: readonly FeatureClasses[];
}

/** The largest tables that fit into the memory, and the paths that are left. */
async function plan(
  trees: readonly (readonly Path[])[],
  width: number,
  maxBytes: number,
  breathe: () => Promise<void>,
): Promise<Plan> {
  for (const most of LONG) {
    const short = trees.map((paths) => paths.filter(({ features }) => features.length <= most));
    const long = trees.flatMap((paths) => paths.filter(({ features }) => features.length > most));
    if (long.length > MAX_LONG_PATHS) break;
    if (long.some(({ features }) => features.length > MAX_PATTERN))
      throw new UnsupportedTrees(`a leaf depends on more than ${MAX_PATTERN} features`);
    const lanes = short.map((paths) => lanesOf(paths, width));
    const alone = short.reduce((sum, paths, i) => sum + bytesOf(paths, lanes[i]!), 0);
    if (alone > ALONE * maxBytes) continue;
    const asked = short.map((paths, i) => ({ ...lanes[i]!, paths, all: featuresOf(paths) }));
    for (const limit of LIMITS) {
      const planned = await packed(asked, limit, maxBytes, breathe);
      if (planned !== undefined) return { planned, long };
    }
  }
  throw new UnsupportedTrees(`their tables need over ${maxBytes / 1024 / 1024} MB`);
}

/** How much more memory paths need that are not packed into blocks, by experience. */
const ALONE = 1.5;

function bytesOf(paths: readonly Path[], { lanes }: Lanes): number {
  return paths.reduce((sum, { features }) => sum + 4 * lanes * 2 ** features.length, 0);
}

/** Undefined if the tables need too much memory. */
async function packed(
  trees: readonly (Omit<PlannedTree, 'blocks'> & { readonly paths: readonly Path[] })[],
  limit: number,
  maxBytes: number,
  breathe: () => Promise<void>,
): Promise<Plan['planned'] | undefined> {
  const planned: PlannedTree[] = [];
  let bytes = 0;
  for (const { paths, all, lanes, features } of trees) {
    const blocks = blocksOf(paths, all, limit);
    bytes += blocks.reduce((sum, { size }) => sum + 4 * lanes * size, 0);
    if (bytes > maxBytes) return undefined;
    planned.push({ blocks, all, lanes, features });
    await breathe();
  }
  return planned;
}

type Lanes = Pick<TreeTables, 'lanes' | 'features'>;

/** The features that the paths of a tree have, or all if these are hardly more. */
function lanesOf(paths: readonly Path[], width: number): Lanes {
  const own = [...new Set(paths.flatMap(({ features }) => features))].sort((a, b) => a - b);
  const [all, some] = [Math.ceil(width / 4), Math.ceil(own.length / 4)];
  return all <= some + 1
    ? { lanes: 4 * all, features: undefined }
    : { lanes: 4 * some, features: own };
}
