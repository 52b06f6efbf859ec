// The inner loops of exact SHAP values of trees, in AssemblyScript: `npm run kernel` makes
// src/explain/trees/kernel-wasm.ts of it.
//
// The paths of a tree are packed into blocks. What the paths of a block add to all features depends
// on a few classes of values only, so it stands in a table with a row for each combination. The
// number of the combination is a sum over thresholds: what is added where a value is above one of
// them. Sixteen rows go side by side there. Then the rows of the tables are added, four features
// side by side, in single precision for one tree, and the sums of trees in double precision.

/** Rows whose combinations are found together: four registers. */
const TILE: usize = 64;

/** The rank of a missing value: above those of all numbers. */
const NAN: i32 = 255;

/**
 * Explains up to `capacity` rows, a multiple of 64: what is near in memory of a table serves all of
 * them. `columns`: { feature's byte offset in a row, address of thresholds, their
 * number (1 to 254), 0 } as 32-bit numbers each. `trees`: { blocks, quads, address of lanes or 0, 0
 * }, then for each block { address of its table, tests of the low byte, tests of the high byte,
 * combinations of the low byte }, then for each test { column: u16, threshold: u8, difference: u8 }.
 * The tests are padded to 16 bytes.
 *
 * A table has `quads` × 4 float32 for each combination. They belong to the features in their order,
 * or to those whose byte offsets in a row of `out` are in the lanes. `out` gets float64 on top of
 * what is there.
 */
export function contribute(
  columns: usize,
  columnCount: i32,
  trees: usize,
  treeCount: i32,
  x: usize,
  rows: usize,
  stride: usize,
  ranks: usize,
  indexes: usize,
  tables: usize,
  out: usize,
  outStride: usize,
  capacity: usize,
): u32 {
  let fetched: u32 = 0;
  const ranked = (columnCount as usize) * TILE;
  for (let c = 0; c < columnCount; c++) {
    const column = columns + ((c as usize) << 4);
    for (let row: usize = 0, to = ranks + (c as usize) * TILE; row < rows; row += TILE) {
      rank(
        x + row * stride + (load<i32>(column) as usize),
        min(rows - row, TILE),
        stride,
        load<i32>(column, 4) as usize,
        load<i32>(column, 8),
        to,
      );
      to += ranked;
    }
  }
  let at = trees;
  for (let t = 0; t < treeCount; t++) {
    const blocks = load<u32>(at) as usize;
    const quads = load<u32>(at, 4) as usize;
    const lanes = load<u32>(at, 8) as usize;
    at += 16;
    for (let b: usize = 0; b < blocks; b++) {
      store<u32>(tables + (b << 2), load<u32>(at));
      const low = at + 16;
      const high = low + ((load<u32>(at, 4) as usize) << 2);
      const end = high + ((load<u32>(at, 8) as usize) << 2);
      const radix = load<u32>(at, 12);
      for (let row: usize = 0, near = ranks; row < rows; row += TILE, near += ranked) {
        const to = indexes + (b * capacity + row) * 2;
        if (rows - row > 16) combine(low, high, end, radix, near, to);
        else combineFew(low, high, end, radix, near, to);
      }
      at = (end + 15) & ~15;
    }
    if (rows <= TILE) fetched |= fetch(tables, blocks, indexes, rows, quads, capacity);
    let quad: usize = 0;
    for (; quad + 4 <= quads; quad += 4)
      add<u64>(tables, blocks, indexes, rows, quads, quad, lanes, out, outStride, capacity);
    const rest = quads - quad;
    if (rest === 1)
      add<u8>(tables, blocks, indexes, rows, quads, quad, lanes, out, outStride, capacity);
    if (rest === 2)
      add<u16>(tables, blocks, indexes, rows, quads, quad, lanes, out, outStride, capacity);
    if (rest === 3)
      add<u32>(tables, blocks, indexes, rows, quads, quad, lanes, out, outStride, capacity);
  }
  return fetched;
}

/**
 * Reads where the rows of the tables begin that a few events need. Nothing waits for what it reads,
 * so the processor asks its memory for many of them at a time; `add` alone asks for few.
 */
function fetch(
  tables: usize,
  blocks: usize,
  indexes: usize,
  rows: usize,
  quads: usize,
  capacity: usize,
): u32 {
  const bytes = quads << 4;
  let all: u32 = 0;
  for (let b: usize = 0; b < blocks; b++) {
    const table = load<u32>(tables + (b << 2)) as usize;
    const end = indexes + (rows << 1);
    for (let at = indexes; at < end; at += 2)
      all |= load<u32>(table + (load<u16>(at) as usize) * bytes);
    indexes += capacity << 1;
  }
  return all;
}

/** How many of the ascending thresholds are below each value. */
function rank(
  x: usize,
  rows: usize,
  stride: usize,
  thresholds: usize,
  count: i32,
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
    store<u8>(ranks + row, select(NAN, below, value != value));
  }
}

/** Writes the number of each row's combination: a byte, and a second one times `radix`. */
function combine(
  low: usize,
  high: usize,
  end: usize,
  radix: u32,
  ranks: usize,
  indexes: usize,
): void {
  let a0 = i8x16.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (let at = low; at < high; at += 4) {
    const near = ranks + (load<u16>(at) as usize) * TILE;
    const threshold = v128.load8_splat(at, 2);
    const difference = v128.load8_splat(at, 3);
    a0 = i8x16.add(a0, v128.and(i8x16.gt_u(v128.load(near), threshold), difference));
    a1 = i8x16.add(a1, v128.and(i8x16.gt_u(v128.load(near, 16), threshold), difference));
    a2 = i8x16.add(a2, v128.and(i8x16.gt_u(v128.load(near, 32), threshold), difference));
    a3 = i8x16.add(a3, v128.and(i8x16.gt_u(v128.load(near, 48), threshold), difference));
  }
  if (high === end) {
    v128.store(indexes, i16x8.extend_low_i8x16_u(a0));
    v128.store(indexes, i16x8.extend_high_i8x16_u(a0), 16);
    v128.store(indexes, i16x8.extend_low_i8x16_u(a1), 32);
    v128.store(indexes, i16x8.extend_high_i8x16_u(a1), 48);
    v128.store(indexes, i16x8.extend_low_i8x16_u(a2), 64);
    v128.store(indexes, i16x8.extend_high_i8x16_u(a2), 80);
    v128.store(indexes, i16x8.extend_low_i8x16_u(a3), 96);
    v128.store(indexes, i16x8.extend_high_i8x16_u(a3), 112);
    return;
  }
  let b0 = i8x16.splat(0);
  let b1 = b0;
  let b2 = b0;
  let b3 = b0;
  for (let at = high; at < end; at += 4) {
    const near = ranks + (load<u16>(at) as usize) * TILE;
    const threshold = v128.load8_splat(at, 2);
    const difference = v128.load8_splat(at, 3);
    b0 = i8x16.add(b0, v128.and(i8x16.gt_u(v128.load(near), threshold), difference));
    b1 = i8x16.add(b1, v128.and(i8x16.gt_u(v128.load(near, 16), threshold), difference));
    b2 = i8x16.add(b2, v128.and(i8x16.gt_u(v128.load(near, 32), threshold), difference));
    b3 = i8x16.add(b3, v128.and(i8x16.gt_u(v128.load(near, 48), threshold), difference));
  }
  const times = i16x8.splat(radix as i16);
  both(a0, b0, times, indexes);
  both(a1, b1, times, indexes + 32);
  both(a2, b2, times, indexes + 64);
  both(a3, b3, times, indexes + 96);
}

/** The same for up to sixteen rows: events that are explained one by one. */
function combineFew(
  low: usize,
  high: usize,
  end: usize,
  radix: u32,
  ranks: usize,
  indexes: usize,
): void {
  let a = i8x16.splat(0);
  let b = a;
  for (let at = low; at < high; at += 4) {
    const rank = v128.load(ranks + (load<u16>(at) as usize) * TILE);
    const above = i8x16.gt_u(rank, v128.load8_splat(at, 2));
    a = i8x16.add(a, v128.and(above, v128.load8_splat(at, 3)));
  }
  for (let at = high; at < end; at += 4) {
    const rank = v128.load(ranks + (load<u16>(at) as usize) * TILE);
    const above = i8x16.gt_u(rank, v128.load8_splat(at, 2));
    b = i8x16.add(b, v128.and(above, v128.load8_splat(at, 3)));
  }
  both(a, b, i16x8.splat(radix as i16), indexes);
}

function both(low: v128, high: v128, times: v128, to: usize): void {
  v128.store(
    to,
    i16x8.add(i16x8.extend_low_i8x16_u(low), i16x8.mul(i16x8.extend_low_i8x16_u(high), times)),
  );
  v128.store(
    to,
    i16x8.add(i16x8.extend_high_i8x16_u(low), i16x8.mul(i16x8.extend_high_i8x16_u(high), times)),
    16,
  );
}

/**
 * Adds the rows of all tables of a tree: one to four quads, told apart by the size of the type while
 * it is compiled. `quad`: the first of them.
 */
function add<Quads>(
  tables: usize,
  blocks: usize,
  indexes: usize,
  rows: usize,
  quads: usize,
  quad: usize,
  lanes: usize,
  out: usize,
  outStride: usize,
  capacity: usize,
): void {
  const bytes = quads << 4;
  const offset = quad << 4;
  const zero = f32x4.splat(0);
  const end = tables + (blocks << 2);
  const next = capacity << 1;
  for (let row: usize = 0; row < rows; row++, indexes += 2, out += outStride) {
    let s0 = zero;
    let s1 = zero;
    let s2 = zero;
    let s3 = zero;
    for (let near = tables, at = indexes; near < end; near += 4, at += next) {
      const from = (load<u32>(near) as usize) + (load<u16>(at) as usize) * bytes + offset;
      s0 = f32x4.add(s0, v128.load(from));
      if (sizeof<Quads>() > 1) s1 = f32x4.add(s1, v128.load(from, 16));
      if (sizeof<Quads>() > 2) s2 = f32x4.add(s2, v128.load(from, 32));
      if (sizeof<Quads>() > 4) s3 = f32x4.add(s3, v128.load(from, 48));
    }
    if (lanes === 0) {
      const to = out + (offset << 1);
      direct(s0, to);
      if (sizeof<Quads>() > 1) direct(s1, to + 32);
      if (sizeof<Quads>() > 2) direct(s2, to + 64);
      if (sizeof<Quads>() > 4) direct(s3, to + 96);
    } else {
      const by = lanes + offset;
      scattered(s0, by, out);
      if (sizeof<Quads>() > 1) scattered(s1, by + 16, out);
      if (sizeof<Quads>() > 2) scattered(s2, by + 32, out);
      if (sizeof<Quads>() > 4) scattered(s3, by + 48, out);
    }
  }
}

function direct(sums: v128, to: usize): void {
  v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(sums)));
  const high = i8x16.shuffle(
    sums,
    sums,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
  );
  v128.store(to, f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(high)), 16);
}

function scattered(sums: v128, lanes: usize, out: usize): void {
  const a = out + (load<u32>(lanes) as usize);
  store<f64>(a, load<f64>(a) + (f32x4.extract_lane(sums, 0) as f64));
  const b = out + (load<u32>(lanes, 4) as usize);
  store<f64>(b, load<f64>(b) + (f32x4.extract_lane(sums, 1) as f64));
  const c = out + (load<u32>(lanes, 8) as usize);
  store<f64>(c, load<f64>(c) + (f32x4.extract_lane(sums, 2) as f64));
  const d = out + (load<u32>(lanes, 12) as usize);
  store<f64>(d, load<f64>(d) + (f32x4.extract_lane(sums, 3) as f64));
}
