import { MemoryLayout } from '../../runtime/memory-layout.ts';
import { openKernel } from '../../runtime/web-assembly.ts';
import type { Combinations, Difference } from './combinations.ts';
import { KERNEL } from './kernel-wasm.ts';
import type { Thresholds } from './thresholds.ts';

/**
 * Rows that are explained together: fewer if they are wide. The more, the more often what is near
 * in memory of a table is used.
 */
const MOST_ROWS = 2048;
const TILE = 64;
const MAX_ROW_BYTES = 8 * 1024 * 1024;

/** The source of the kernel has the same number. */
const NAN = 255;

/** Thresholds of one column: ranks are a byte, and the highest is that of missing values. */
const MAX_THRESHOLDS = NAN - 1;

export interface TreeTables {
  /** Each has a table: a row for each combination. */
  readonly blocks: readonly Combinations[];
  /** Numbers of a combination: a multiple of four. */
  readonly lanes: number;
  /** The features of the lanes; undefined if they are all features in their order. */
  readonly features: readonly number[] | undefined;
}

type Contribute = (
  columns: number,
  columnCount: number,
  trees: number,
  treeCount: number,
  x: number,
  rows: number,
  stride: number,
  ranks: number,
  indexes: number,
  tables: number,
  out: number,
  outStride: number,
  capacity: number,
) => void;

export interface ShapKernel {
  /** All memory. */
  readonly bytes: number;
  /** By tree and block: the table, combinations × lanes zeros. Fill them before `explain`. */
  readonly tables: readonly (readonly Float32Array[])[];
  /** Rows × width numbers for rows × width. */
  readonly explain: (x: Float32Array, rows: number) => Float64Array;
}

/** Lays out tables for the kernel, whose source explains the layout. */
export function createShapKernel(
  trees: readonly TreeTables[],
  { sorted }: Thresholds,
  width: number,
): ShapKernel {
  const columns = sorted.flatMap((thresholds, feature) =>
    Array.from({ length: Math.ceil(thresholds.length / MAX_THRESHOLDS) }, (_, i) => ({
      feature,
      thresholds: thresholds.subarray(i * MAX_THRESHOLDS, (i + 1) * MAX_THRESHOLDS),
    })),
  );
  const firstColumn = Int32Array.from(sorted, (_, feature) =>
    columns.findIndex((column) => column.feature === feature),
  );
  const outNumbers = 4 * Math.ceil(width / 4);
  const fitting = Math.floor(MAX_ROW_BYTES / (4 * width + 8 * outNumbers) / TILE);
  const capacity = TILE * Math.max(1, Math.min(MOST_ROWS / TILE, fitting));
  const layout = new MemoryLayout();
  const columnTable = layout.allocate(16 * columns.length);
  const thresholds = columns.map((column) => layout.allocate(4 * column.thresholds.length));
  const treeTable = layout.allocate(
    trees.reduce(
      (sum, { blocks }) => sum + 16 + blocks.reduce((all, block) => all + recordBytes(block), 0),
      0,
    ),
  );
  const lanes = trees.map(({ lanes: count, features }) =>
    features === undefined ? 0 : layout.allocate(4 * count),
  );
  const tables = trees.map(({ blocks, lanes: count }) =>
    blocks.map(({ size }) => layout.allocate(4 * count * size, 64)),
  );
  const x = layout.allocate(4 * capacity * width);
  const ranks = layout.allocate(capacity * columns.length);
  const mostBlocks = trees.reduce((most, { blocks }) => Math.max(most, blocks.length), 0);
  const indexes = layout.allocate(2 * capacity * mostBlocks);
  const addresses = layout.allocate(4 * mostBlocks);
  const out = layout.allocate(8 * capacity * outNumbers, 64);

  const { buffer, exports } = openKernel(KERNEL, layout.end);
  const view = new DataView(buffer);
  const floats = new Float32Array(buffer);
  const doubles = new Float64Array(buffer);
  for (const [i, { feature, thresholds: ascending }] of columns.entries()) {
    for (const [k, word] of [4 * feature, thresholds[i]!, ascending.length].entries())
      view.setInt32(columnTable + 16 * i + 4 * k, word, true);
    floats.set(ascending, thresholds[i]! / 4);
  }
  const writeTest = (at: number, { feature, threshold, difference }: Difference): void => {
    const chunk = threshold === undefined ? 0 : Math.floor(threshold / MAX_THRESHOLDS);
    view.setUint16(at, firstColumn[feature]! + chunk, true);
    view.setUint8(at + 2, threshold === undefined ? NAN - 1 : threshold - chunk * MAX_THRESHOLDS);
    view.setUint8(at + 3, difference & 255);
  };
  let at = treeTable;
  for (const [t, { blocks, lanes: count, features }] of trees.entries()) {
    for (const [k, word] of [blocks.length, count / 4, lanes[t]!].entries())
      view.setUint32(at + 4 * k, word, true);
    at += 16;
    // zeros stand in the lanes that are left
    for (let lane = 0; features !== undefined && lane < count; lane++)
      view.setUint32(lanes[t]! + 4 * lane, 8 * (features[lane] ?? 0), true);
    for (const [b, combinations] of blocks.entries()) {
      const { low, high, radix } = combinations;
      for (const [k, word] of [tables[t]![b]!, low.length, high.length, radix].entries())
        view.setUint32(at + 4 * k, word, true);
      for (const [k, test] of [...low, ...high].entries()) writeTest(at + 16 + 4 * k, test);
      at += recordBytes(combinations);
    }
  }

  // the result keeps these, and not the tables
  const [columnCount, treeCount] = [columns.length, trees.length];
  const contribute = exports['contribute'] as Contribute;
  return {
    bytes: layout.end,
    tables: trees.map(({ blocks, lanes: count }, t) =>
      blocks.map(({ size }, b) => new Float32Array(buffer, tables[t]![b], count * size)),
    ),
    explain: (rowsOfX, rows) => {
      const phi = new Float64Array(rows * width);
      for (let start = 0; start < rows; start += capacity) {
        const count = Math.min(capacity, rows - start);
        floats.set(rowsOfX.subarray(start * width, (start + count) * width), x / 4);
        doubles.fill(0, out / 8, out / 8 + count * outNumbers);
        contribute(
          columnTable,
          columnCount,
          treeTable,
          treeCount,
          x,
          count,
          4 * width,
          ranks,
          indexes,
          addresses,
          out,
          8 * outNumbers,
          capacity,
        );
        for (let row = 0; row < count; row++) {
          const from = out / 8 + row * outNumbers;
          const to = (start + row) * width;
          for (let column = 0; column < width; column++) phi[to + column] = doubles[from + column]!;
        }
      }
      return phi;
    },
  };
}

function recordBytes({ low, high }: Combinations): number {
  return 16 + 16 * Math.ceil((low.length + high.length) / 4);
}
