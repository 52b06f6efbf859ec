// The inner loops of compiled trees, in AssemblyScript: `npm run kernel` makes src/infer/trees/kernel-wasm.ts of it.
//
// QuickScorer (Lucchese et al., SIGIR 2015) in the form of RapidScorer (Ye et al., KDD 2018): a row's leaf is not walked
// to. Every tree starts with a set of all its leaves; each inner node whose test fails takes the leaves of its true side
// out, in any order; the lowest leaf that is left is the one. No branch depends on an event, so 16 rows go side by side.
//
// Trees of many leaves are walked, eight rows at once: every row takes as many steps as the longest way has, leaves leading
// to themselves, so that no branch is guessed and the loads of eight rows overlap.

/** Rows that are scored together: four registers, so that what is read of a node is used four times. */
const TILE: usize = 64;

/**
 * Scores up to 64 rows. `columns`: { feature's byte offset in a row, address of thresholds, their number (1 to 255), rank
 * of NaN } as 32-bit numbers each. `trees`: { splits, bytes of a leaf set, targets, 0 }, then for each split { column:
 * u16, byte: u16, threshold: u8, kept: u8, 0: u16 }; or { address of nodes, bytes before the leaves, targets, steps }, each
 * node { threshold, byte offset of the value, address where the test fails, where it holds }; then for each target { number, address of the leaves' values }.
 * `sums` gets 64 float32 for each target, on top of what is there, added tree by tree in single precision.
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
): void {
  for (let c = 0; c < columnCount; c++) {
    const column = columns + ((c as usize) << 4);
    rank(
      x + (load<i32>(column) as usize),
      rows,
      stride,
      load<i32>(column, 4) as usize,
      load<i32>(column, 8),
      load<i32>(column, 12),
      ranks + (c as usize) * TILE,
    );
  }
  let at = trees;
  for (let t = 0; t < treeCount; t++) {
    const splits = load<i32>(at) as usize;
    const bytes = load<i32>(at, 4) as usize;
    const targets = load<i32>(at, 8);
    const steps = load<i32>(at, 12);
    if (steps > 0) {
      walk(splits, bytes, steps, x, rows, stride, sets);
      at += 16;
      for (let k = 0; k < targets; k++, at += 8) {
        addWalked(sets, load<i32>(at, 4) as usize, sums + (load<i32>(at) as usize) * TILE * 4);
      }
      continue;
    }
    const endSplits = at + 16 + (splits << 3);
    const endSets = sets + bytes * TILE;
    memory.fill(sets, 0xff, bytes * TILE);
    takeOut(at + 16, endSplits, ranks, sets);
    lowestLeaf(sets, endSets);
    at = endSplits;
    for (let k = 0; k < targets; k++, at += 8) {
      addValues(sets, load<i32>(at, 4) as usize, sums + (load<i32>(at) as usize) * TILE * 4);
    }
  }
}

/** How many of the ascending thresholds lie below each value: a test `value <= threshold[i]` is then `rank <= i`. */
function rank(x: usize, rows: usize, stride: usize, thresholds: usize, count: i32, nan: i32, ranks: usize): void {
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
    v128.store(set, v128.and(v128.load(set), v128.or(i8x16.le_u(v128.load(rank), threshold), kept)));
    v128.store(set, v128.and(v128.load(set, 16), v128.or(i8x16.le_u(v128.load(rank, 16), threshold), kept)), 16);
    v128.store(set, v128.and(v128.load(set, 32), v128.or(i8x16.le_u(v128.load(rank, 32), threshold), kept)), 32);
    v128.store(set, v128.and(v128.load(set, 48), v128.or(i8x16.le_u(v128.load(rank, 48), threshold), kept)), 48);
  }
}

/** Writes the number of the lowest leaf of each set over the sets' first byte: trailing zeros, while all before were zero. */
function lowestLeaf(sets: usize, end: usize): void {
  const one = i8x16.splat(1);
  const eight = i8x16.splat(8);
  for (let lane: usize = 0; lane < TILE; lane += 16) {
    const first = v128.load(sets + lane);
    let leaf = i8x16.popcnt(v128.andnot(i8x16.sub(first, one), first));
    let empty = i8x16.eq(leaf, eight);
    for (let set = sets + TILE + lane; set < end; set += TILE) {
      const byte = v128.load(set);
      const zeros = i8x16.popcnt(v128.andnot(i8x16.sub(byte, one), byte));
      leaf = i8x16.add(leaf, v128.and(empty, zeros));
      empty = v128.and(empty, i8x16.eq(zeros, eight));
    }
    v128.store(sets + lane, leaf);
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

function step(node: usize, row: usize): usize {
  const passes = load<f32>(row + (load<u32>(node, 4) as usize)) <= load<f32>(node);
  return load<u32>(node + ((passes as usize) << 2), 8) as usize;
}

/** Walks rows down a tree, and writes the number of each one's leaf, times four. */
function walk(nodes: usize, inner: usize, steps: i32, x: usize, rows: usize, stride: usize, leaves: usize): void {
  const first = nodes + inner;
  for (let row: usize = 0; row < rows; row += 8) {
    const x0 = x + row * stride;
    const x1 = x0 + stride;
    const x2 = x1 + stride;
    const x3 = x2 + stride;
    const x4 = x3 + stride;
    const x5 = x4 + stride;
    const x6 = x5 + stride;
    const x7 = x6 + stride;
    let n0 = nodes;
    let n1 = nodes;
    let n2 = nodes;
    let n3 = nodes;
    let n4 = nodes;
    let n5 = nodes;
    let n6 = nodes;
    let n7 = nodes;
    for (let i = 0; i < steps; i++) {
      n0 = step(n0, x0);
      n1 = step(n1, x1);
      n2 = step(n2, x2);
      n3 = step(n3, x3);
      n4 = step(n4, x4);
      n5 = step(n5, x5);
      n6 = step(n6, x6);
      n7 = step(n7, x7);
    }
    const leaf = leaves + (row << 2);
    store<u32>(leaf, ((n0 - first) >> 2) as u32);
    store<u32>(leaf, ((n1 - first) >> 2) as u32, 4);
    store<u32>(leaf, ((n2 - first) >> 2) as u32, 8);
    store<u32>(leaf, ((n3 - first) >> 2) as u32, 12);
    store<u32>(leaf, ((n4 - first) >> 2) as u32, 16);
    store<u32>(leaf, ((n5 - first) >> 2) as u32, 20);
    store<u32>(leaf, ((n6 - first) >> 2) as u32, 24);
    store<u32>(leaf, ((n7 - first) >> 2) as u32, 28);
  }
  // Rows that are not there: any leaf does for them.
  for (let row: usize = (rows + 7) & ~7; row < TILE; row++) store<u32>(leaves + (row << 2), 0);
}

function addWalked(leaves: usize, values: usize, sums: usize): void {
  for (let row: usize = 0; row < TILE * 4; row += 16) {
    let value = v128.load32_zero(values + (load<u32>(leaves + row) as usize));
    value = v128.load_lane<f32>(values + (load<u32>(leaves + row, 4) as usize), value, 1);
    value = v128.load_lane<f32>(values + (load<u32>(leaves + row, 8) as usize), value, 2);
    value = v128.load_lane<f32>(values + (load<u32>(leaves + row, 12) as usize), value, 3);
    v128.store(sums + row, f32x4.add(v128.load(sums + row), value));
  }
}
