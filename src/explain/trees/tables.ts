import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import { tableOf } from './block-table.ts';
import { blocksOf, type Block } from './blocks.ts';
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
  readonly note: string;
  readonly explain: (x: Float32Array, rows: number) => Float64Array;
}

/** Memory of all tables. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Leaves of all trees. Beyond that, to lay out the tables takes too long. */
const MAX_PATHS = 100_000;

/** A path of more features is computed for each row. */
const LONG = 13;
const MAX_LONG_PATHS = 20_000;

/** Combinations of a block: fewer tables if they are many, smaller tables if they are few. */
const LIMITS = [1024, 256, 64];

/**
 * Lays out what all paths add in tables. Throws `UnsupportedTrees` if they would need too much
 * memory or time.
 */
export async function createTables(request: TablesRequest): Promise<Tables> {
  const { trees, thresholds, sharesOf, factor, width, breathe } = request;
  const short: Path[][] = [];
  const long: Path[] = [];
  let left = MAX_PATHS;
  for (const { steps, values, ratios } of trees) {
    const paths = left > 0 ? pathsOf(steps, values, ratios, thresholds, left) : undefined;
    if (paths === undefined) throw new UnsupportedTrees(`they have over ${MAX_PATHS} leaves`);
    left -= paths.length;
    short.push(paths.filter(({ features }) => features.length <= LONG));
    long.push(...paths.filter(({ features }) => features.length > LONG));
    await breathe();
  }
  if (long.length > MAX_LONG_PATHS)
    throw new UnsupportedTrees(
      `over ${MAX_LONG_PATHS} of their leaves depend on more than ${LONG} features`,
    );
  if (long.some(({ features }) => features.length > MAX_PATTERN))
    throw new UnsupportedTrees(`a leaf depends on more than ${MAX_PATTERN} features`);

  const planned = await plan(short, width, breathe);
  const tables: TreeTables[] = [];
  for (const { blocks, lanes, features } of planned) {
    const places = features && new Map(features.map((feature, lane) => [feature, lane]));
    const laneOf = (feature: number): number => places?.get(feature) ?? feature;
    const filled = [];
    for (const block of blocks) {
      const combinations = combinationsOf(block);
      if (combinations === undefined) throw new UnsupportedTrees('a table has too many rows');
      const table = tableOf(block, combinations, sharesOf, factor, lanes, laneOf);
      filled.push({ combinations, table: Float32Array.from(table) });
    }
    tables.push({ blocks: filled, lanes, features });
    await breathe();
  }
  const { explain, bytes } = createShapKernel(tables, thresholds, width);
  const addLong = longPaths(long, sharesOf, thresholds, factor);
  const rest = long.length === 0 ? '' : `, and ${long.length} long paths one by one`;
  return {
    note: `from tables of ${Math.ceil(bytes / 1024 / 1024)} MB${rest}`,
    explain: (x, rows) => {
      const phi = explain(x, rows);
      addLong(x, rows, width, phi);
      return phi;
    },
  };
}

interface Planned extends Lanes {
  readonly blocks: readonly Block[];
}

/** The largest tables that fit into the memory. */
async function plan(
  trees: readonly (readonly Path[])[],
  width: number,
  breathe: () => Promise<void>,
): Promise<readonly Planned[]> {
  for (const limit of LIMITS) {
    const planned: Planned[] = [];
    let bytes = 0;
    for (const paths of trees) {
      const lanes = lanesOf(paths, width);
      const blocks = blocksOf(paths, limit);
      planned.push({ ...lanes, blocks });
      bytes += blocks.reduce((sum, { size }) => sum + 4 * lanes.lanes * size, 0);
      if (bytes > MAX_BYTES) break;
      await breathe();
    }
    if (bytes <= MAX_BYTES) return planned;
  }
  throw new UnsupportedTrees(`their tables need over ${MAX_BYTES / 1024 / 1024} MB`);
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
