import type { Ensemble, Tree } from '../../onnx/trees/tree-ensemble.ts';
import { KERNEL } from './kernel-wasm.ts';
import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import { usesBitset, planBitsets, type Entry } from './leaf-bitsets.ts';
import { MemoryLayout } from '../../runtime/memory-layout.ts';
import { openKernel } from '../../runtime/web-assembly.ts';
import { planTraversal, writeNodes } from './traversal.ts';

/**
 * Rows of one call, and rows that are processed together with bitsets. The source of the kernel has
 * the same numbers.
 */
const ROWS = 256;
const TILE = 64;

/** The largest number of 16 bits. */
const MAX_COLUMNS = 65_536;
const MAX_BYTES = 64 * 1024 * 1024;

type Score = (
  columns: number,
  columnCount: number,
  trees: number,
  treeCount: number,
  x: number,
  rows: number,
  stride: number,
  ranks: number,
  sets: number,
  sums: number,
  turned: number,
  twice: number,
) => void;

/** Sums of trees for rows of features. */
export interface TreeKernel {
  /**
   * `x`: rows × width, row-major, float32. Returns rows × targets, row-major: sums in single
   * precision, in the order of the trees.
   */
  sums(x: Float32Array, rows: number, width: number): Float32Array;
}

/**
 * Lays out an ensemble for the kernel, whose source explains the layout. Throws `UnsupportedTrees`
 * if it is too large.
 */
export function createTreeKernel({ trees }: Ensemble, targets: number, width: number): TreeKernel {
  const { columns, entriesOf } = planBitsets(trees.filter(usesBitset));
  if (columns.length > MAX_COLUMNS) throw new UnsupportedTrees('they are too large');
  const plans = trees.map((tree) =>
    usesBitset(tree)
      ? { tree, entries: entriesOf(tree) }
      : { tree, traversal: planTraversal(tree, width) },
  );
  const treeBytes = plans.reduce(
    (sum, { tree, entries }) => sum + 16 + 8 * ((entries?.length ?? 0) + tree.values.size),
    0,
  );
  const layout = new MemoryLayout();
  const columnTable = layout.allocate(16 * columns.length);
  const thresholds = columns.map((column) => layout.allocate(4 * column.thresholds.length));
  const treeTable = layout.allocate(treeBytes);
  const nodes = plans.map(({ traversal }) =>
    traversal === undefined ? 0 : layout.allocate(traversal.bytes, 64),
  );
  const values = trees.map((tree) =>
    [...tree.values].map(([target, leaf]) => ({
      target,
      leaf,
      at: layout.allocate(4 * leaf.length),
    })),
  );
  const x = layout.allocate(4 * ROWS * width);
  // A second copy of the rows, with NaN as minus infinity, for walked trees with tests that NaN
  // passes.
  const traversed = plans.some(({ traversal }) => traversal !== undefined);
  const twice = plans.some(
    ({ tree, traversal }) => traversal !== undefined && tree.nanPasses.includes(1),
  )
    ? 1
    : 0;
  const turned = traversed ? layout.allocate(4 * ROWS * (1 + width * (1 + twice))) : 0;
  const ranks = layout.allocate(ROWS * columns.length);
  const sets = layout.allocate(
    plans.reduce(
      (most, { tree, entries }) =>
        Math.max(most, entries === undefined ? 0 : TILE * setBytes(tree)),
      4 * ROWS,
    ),
  );
  const sums = layout.allocate(4 * ROWS * targets);
  if (layout.end > MAX_BYTES) throw new UnsupportedTrees('they are too large');

  const { buffer, exports } = openKernel(KERNEL, layout.end);
  const view = new DataView(buffer);
  const floats = new Float32Array(buffer);
  for (const [i, { feature, nanPasses, thresholds: ascending }] of columns.entries()) {
    const words = [4 * feature, thresholds[i]!, ascending.length, nanPasses ? 0 : 255];
    for (const [k, word] of words.entries())
      view.setInt32(columnTable + 16 * i + 4 * k, word, true);
    floats.set(ascending, thresholds[i]! / 4);
  }
  let at = treeTable;
  const word = (value: number): void => {
    view.setInt32(at, value, true);
    at += 4;
  };
  for (const [t, { tree, entries, traversal }] of plans.entries()) {
    if (traversal !== undefined) {
      for (const value of [
        nodes[t]!,
        2 * traversal.sure + (traversal.wide ? 1 : 0),
        tree.values.size,
        tree.depth,
      ])
        word(value);
      writeNodes(view, nodes[t]!, tree, traversal, width);
    } else {
      for (const value of [entries.length, setBytes(tree), tree.values.size, 0]) word(value);
      for (const entry of entries) writeEntry(word, entry);
    }
    for (const { target, leaf, at: place } of values[t]!) {
      word(target);
      word(place);
      floats.set(leaf, place / 4);
    }
  }

  // the result keeps these, and not the ensemble
  const [columnCount, treeCount] = [columns.length, trees.length];
  const score = exports['score'] as Score;
  return {
    sums(rowsOfX, rows, stride) {
      const result = new Float32Array(rows * targets);
      for (let start = 0; start < rows; start += ROWS) {
        const count = Math.min(ROWS, rows - start);
        floats.set(rowsOfX.subarray(start * stride, (start + count) * stride), x / 4);
        floats.fill(0, sums / 4, sums / 4 + ROWS * targets);
        score(
          columnTable,
          columnCount,
          treeTable,
          treeCount,
          x,
          count,
          4 * stride,
          ranks,
          sets,
          sums,
          turned,
          twice,
        );
        for (let target = 0; target < targets; target++) {
          const from = sums / 4 + target * ROWS;
          for (let row = 0; row < count; row++)
            result[(start + row) * targets + target] = floats[from + row]!;
        }
      }
      return result;
    },
  };
}

function writeEntry(word: (value: number) => void, { column, byte, threshold, kept }: Entry): void {
  word(column | (byte << 16));
  word(threshold | (kept << 8));
}

function setBytes({ leaves }: Tree): number {
  return Math.ceil(leaves / 8);
}
