// The inner loops of compiled trees, in AssemblyScript: `npm run kernel` makes
// src/infer/trees/kernel-wasm.ts of it.
//
// QuickScorer (Lucchese et al., SIGIR 2015) in the form of RapidScorer (Ye et al., KDD 2018): a
// row's leaf is not walked to. Every tree starts with a set of all its leaves; each inner node
// whose test fails takes the leaves of its true side out, in any order; the lowest leaf that is
// left is the one. No branch depends on an event, so 16 rows go side by side.
//
// Trees of many leaves are walked, eight rows at once, leaves leading to themselves: no branch is
// guessed, and the loads of eight rows overlap.

import { addWalked, turn, walk, walkWide } from './walk';

/**
 * Rows that leaves are taken out for together: four registers, so that what is read of a node is
 * used four times.
 */
const TILE: usize = 64;

/** Rows that are scored together: what is near in memory of a walked tree serves many of them. */
const ROWS: usize = 256;

/**
 * Scores up to 256 rows. `columns`: { feature's byte offset in a row, address of thresholds, their
 * number (1 to 255), rank of NaN } as 32-bit numbers each. `trees`: { splits, bytes of a leaf set,
 * targets, 0 }, then for each split { column: u16, byte: u16, threshold: u8, kept: u8, 0: u16 }; or
 * { address of nodes, twice the steps that every way has and 1 more for wide nodes, targets, steps
 * of the longest way }; then for each target { number, address of the leaves' values }.
 *
 * A walked tree's nodes lie in pairs, the one where a test fails and the one where it holds: {
 * threshold, pair << 17 | 32 * place }, or wide { threshold, 32 * place, offset of the pair, 0 }.
 * Places are those of turned rows: 0 holds a zero, so that a leaf leads to itself whose threshold
 * has the sign for it; what is left of its threshold is its number and 1 more. `sums` gets 256
 * float32 for each target, on top of what is there, added tree by tree in single precision.
 */
export function score(
  columns: usize,
  columnCount: i32,
  trees: usize,
  treeCount: i32,
  x: usize,
  rows: usize,
  stride: usize,
  ranks: usize,
  sets: usize,
  sums: usize,
  turned: usize,
  twice: i32,
): void {
  const ranked = (columnCount as usize) * TILE;
  for (let c = 0; c < columnCount; c++) {
    const column = columns + ((c as usize) << 4);
    for (
      let row: usize = 0, to = ranks + (c as usize) * TILE;
      row < rows;
      row += TILE, to += ranked
    ) {
      rank(
        x + row * stride + (load<i32>(column) as usize),
        min(rows - row, TILE),
        stride,
        load<i32>(column, 4) as usize,
        load<i32>(column, 8),
        load<i32>(column, 12),
        to,
      );
    }
  }
  if (turned !== 0) turn(x, rows, stride, twice, turned);
  const group = 32 + (stride << 3) * (1 + (twice as usize));
  const eights = (rows + 7) & ~7;
  let at = trees;
  for (let t = 0; t < treeCount; t++) {
    const splits = load<i32>(at) as usize;
    const bytes = load<i32>(at, 4) as usize;
    const targets = load<i32>(at, 8);
    const steps = load<i32>(at, 12);
    if (steps > 0) {
      const sure = (bytes >> 1) as i32;
      if ((bytes & 1) === 0) walk(splits, sure, steps, turned, group, rows, sets);
      else walkWide(splits, sure, steps, turned, group, rows, sets);
      at += 16;
      for (let k = 0; k < targets; k++, at += 8) {
        addWalked(
          sets,
          load<i32>(at, 4) as usize,
          eights,
          sums + (load<i32>(at) as usize) * ROWS * 4,
        );
      }
      continue;
    }
    const endSplits = at + 16 + (splits << 3);
    const endSets = sets + bytes * TILE;
    const end = endSplits + ((targets as usize) << 3);
    for (let row: usize = 0, rank = ranks; row < rows; row += TILE, rank += ranked) {
      memory.fill(sets, 0xff, bytes * TILE);
      takeOut(at + 16, endSplits, rank, sets);
      lowestLeaf(sets, endSets);
      for (let target = endSplits; target < end; target += 8) {
        addValues(
          sets,
          load<i32>(target, 4) as usize,
          sums + ((load<i32>(target) as usize) * ROWS + row) * 4,
        );
      }
    }
    at = end;
  }
}

/**
 * How many of the ascending thresholds lie below each value: a test `value <= threshold[i]` is then
 * `rank <= i`.
 */
function rank(
  x: usize,
  rows: usize,
  stride: usize,
  thresholds: usize,
  count: i32,
  nan: i32,
  ranks: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const value = load<f32>(x + row * stride);
    let at = thresholds;
    let length = count;
    while (length > 1) {
      const half = length >> 1;
      const next = at + ((half as usize) << 2);
      at = select<usize>(next, at, load<f32>(next - 4) < value);
      length -= half;
    }
    const below = (((at - thresholds) >> 2) as i32) + (load<f32>(at) < value ? 1 : 0);
    store<u8>(ranks + row, select(nan, below, value != value));
  }
}

/** Takes the leaves of the true side out of the sets of the rows whose test fails. */
function takeOut(from: usize, end: usize, ranks: usize, sets: usize): void {
  for (let at = from; at < end; at += 8) {
    const rank = ranks + (load<u16>(at) as usize) * TILE;
    const set = sets + (load<u16>(at, 2) as usize) * TILE;
    const threshold = v128.load8_splat(at, 4);
    const kept = v128.load8_splat(at, 5);
    v128.store(
      set,
      v128.and(v128.load(set), v128.or(i8x16.le_u(v128.load(rank), threshold), kept)),
    );
    v128.store(
      set,
      v128.and(v128.load(set, 16), v128.or(i8x16.le_u(v128.load(rank, 16), threshold), kept)),
      16,
    );
    v128.store(
      set,
      v128.and(v128.load(set, 32), v128.or(i8x16.le_u(v128.load(rank, 32), threshold), kept)),
      32,
    );
    v128.store(
      set,
      v128.and(v128.load(set, 48), v128.or(i8x16.le_u(v128.load(rank, 48), threshold), kept)),
      48,
    );
  }
}

/**
 * Writes the number of the lowest leaf of each set over the sets' first byte: trailing zeros, while
 * all before were zero.
 */
function lowestLeaf(sets: usize, end: usize): void {
  const one = i8x16.splat(1);
  const eight = i8x16.splat(8);
  for (let processor: usize = 0; processor < TILE; processor += 16) {
    const first = v128.load(sets + processor);
    let leaf = i8x16.popcnt(v128.andnot(i8x16.sub(first, one), first));
    let empty = i8x16.eq(leaf, eight);
    for (let set = sets + TILE + processor; set < end; set += TILE) {
      const byte = v128.load(set);
      const zeros = i8x16.popcnt(v128.andnot(i8x16.sub(byte, one), byte));
      leaf = i8x16.add(leaf, v128.and(empty, zeros));
      empty = v128.and(empty, i8x16.eq(zeros, eight));
    }
    v128.store(sets + processor, leaf);
  }
}

function addValues(leaves: usize, values: usize, sums: usize): void {
  for (let row: usize = 0; row < TILE; row += 4) {
    const four = load<u32>(leaves + row) as usize;
    const sum = sums + (row << 2);
    let value = v128.load32_zero(values + ((four & 255) << 2));
    value = v128.load_lane<f32>(values + ((four >> 6) & 1020), value, 1);
    value = v128.load_lane<f32>(values + ((four >> 14) & 1020), value, 2);
    value = v128.load_lane<f32>(values + ((four >> 22) & 1020), value, 3);
    v128.store(sum, f32x4.add(v128.load(sum), value));
  }
}
