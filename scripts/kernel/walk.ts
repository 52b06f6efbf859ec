// Trees of many leaves, walked: see trees.ts.

/**
 * Turns rows around, eight by eight: a zero for each, then each feature of all of them, then NaN as
 * what is below all numbers.
 */
export function turn(x: usize, rows: usize, stride: usize, twice: i32, turned: usize): void {
  const group = 32 + (stride << 3) * (1 + (twice as usize));
  for (let row: usize = 0; row < rows; row++) {
    const from = x + row * stride;
    let to = turned + (row >> 3) * group + ((row & 7) << 2);
    store<f32>(to, 0);
    to += 32;
    for (let at: usize = 0; at < stride; at += 4, to += 32) store<f32>(to, load<f32>(from + at));
    if (twice === 0) continue;
    for (let at: usize = 0; at < stride; at += 4, to += 32) {
      const value = load<f32>(from + at);
      store<f32>(to, select<f32>(value, -Infinity, value === value));
    }
  }
}

/** Nodes of 8 bytes, and of 16 for trees and rows of any size: told apart while it is compiled. */
type Narrow = u8;
type Wide = u16;

function stepValue<Node>(node: usize): usize {
  if (sizeof<Node>() === sizeof<Wide>()) return load<u32>(node, 4) as usize;
  return (load<u32>(node, 4) & 0x1ffe0) as usize;
}

function step<Node>(node: usize, nodes: usize, value: f32): usize {
  if (sizeof<Node>() === sizeof<Wide>()) {
    return nodes + (load<u32>(node, 8) as usize) + (((value <= load<f32>(node)) as usize) << 4);
  }
  return nodes + ((load<u32>(node, 4) >>> 13) & ~15) + (((value <= load<f32>(node)) as usize) << 3);
}

function leafOf(node: usize): u32 {
  return (load<u32>(node) << 2) - 4;
}

/**
 * Walks rows down a tree, and writes the number of each one's leaf, times four: `sure` steps, then
 * such as all are at their leaves after.
 *
 * The steps of the eight rows are written out, three times: AssemblyScript has no macros, a function
 * returns one place and not eight, and an array of eight is in memory instead of in registers.
 */
function walkBy<Node>(
  nodes: usize,
  sure: i32,
  steps: i32,
  x: usize,
  group: usize,
  rows: usize,
  leaves: usize,
): void {
  for (let row: usize = 0; row < rows; row += 8, x += group) {
    let n0 = nodes;
    let n1 = nodes;
    let n2 = nodes;
    let n3 = nodes;
    let n4 = nodes;
    let n5 = nodes;
    let n6 = nodes;
    let n7 = nodes;
    for (let i = 0; i < sure; i++) {
      n0 = step<Node>(n0, nodes, load<f32>(x + stepValue<Node>(n0)));
      n1 = step<Node>(n1, nodes, load<f32>(x + stepValue<Node>(n1), 4));
      n2 = step<Node>(n2, nodes, load<f32>(x + stepValue<Node>(n2), 8));
      n3 = step<Node>(n3, nodes, load<f32>(x + stepValue<Node>(n3), 12));
      n4 = step<Node>(n4, nodes, load<f32>(x + stepValue<Node>(n4), 16));
      n5 = step<Node>(n5, nodes, load<f32>(x + stepValue<Node>(n5), 20));
      n6 = step<Node>(n6, nodes, load<f32>(x + stepValue<Node>(n6), 24));
      n7 = step<Node>(n7, nodes, load<f32>(x + stepValue<Node>(n7), 28));
    }
    for (let i = sure; i < steps; i += 4) {
      let moved: usize = 0;
      for (let k = 0; k < 3; k++) {
        n0 = step<Node>(n0, nodes, load<f32>(x + stepValue<Node>(n0)));
        n1 = step<Node>(n1, nodes, load<f32>(x + stepValue<Node>(n1), 4));
        n2 = step<Node>(n2, nodes, load<f32>(x + stepValue<Node>(n2), 8));
        n3 = step<Node>(n3, nodes, load<f32>(x + stepValue<Node>(n3), 12));
        n4 = step<Node>(n4, nodes, load<f32>(x + stepValue<Node>(n4), 16));
        n5 = step<Node>(n5, nodes, load<f32>(x + stepValue<Node>(n5), 20));
        n6 = step<Node>(n6, nodes, load<f32>(x + stepValue<Node>(n6), 24));
        n7 = step<Node>(n7, nodes, load<f32>(x + stepValue<Node>(n7), 28));
      }
      const m0 = step<Node>(n0, nodes, load<f32>(x + stepValue<Node>(n0)));
      moved |= m0 ^ n0;
      n0 = m0;
      const m1 = step<Node>(n1, nodes, load<f32>(x + stepValue<Node>(n1), 4));
      moved |= m1 ^ n1;
      n1 = m1;
      const m2 = step<Node>(n2, nodes, load<f32>(x + stepValue<Node>(n2), 8));
      moved |= m2 ^ n2;
      n2 = m2;
      const m3 = step<Node>(n3, nodes, load<f32>(x + stepValue<Node>(n3), 12));
      moved |= m3 ^ n3;
      n3 = m3;
      const m4 = step<Node>(n4, nodes, load<f32>(x + stepValue<Node>(n4), 16));
      moved |= m4 ^ n4;
      n4 = m4;
      const m5 = step<Node>(n5, nodes, load<f32>(x + stepValue<Node>(n5), 20));
      moved |= m5 ^ n5;
      n5 = m5;
      const m6 = step<Node>(n6, nodes, load<f32>(x + stepValue<Node>(n6), 24));
      moved |= m6 ^ n6;
      n6 = m6;
      const m7 = step<Node>(n7, nodes, load<f32>(x + stepValue<Node>(n7), 28));
      moved |= m7 ^ n7;
      n7 = m7;
      if (moved === 0) break;
    }
    const leaf = leaves + (row << 2);
    store<u32>(leaf, leafOf(n0));
    store<u32>(leaf, leafOf(n1), 4);
    store<u32>(leaf, leafOf(n2), 8);
    store<u32>(leaf, leafOf(n3), 12);
    store<u32>(leaf, leafOf(n4), 16);
    store<u32>(leaf, leafOf(n5), 20);
    store<u32>(leaf, leafOf(n6), 24);
    store<u32>(leaf, leafOf(n7), 28);
  }
}

export function walk(
  nodes: usize,
  sure: i32,
  steps: i32,
  x: usize,
  group: usize,
  rows: usize,
  leaves: usize,
): void {
  walkBy<Narrow>(nodes, sure, steps, x, group, rows, leaves);
}

/** The same with nodes of 16 bytes. */
export function walkWide(
  nodes: usize,
  sure: i32,
  steps: i32,
  x: usize,
  group: usize,
  rows: usize,
  leaves: usize,
): void {
  walkBy<Wide>(nodes, sure, steps, x, group, rows, leaves);
}

export function addWalked(leaves: usize, values: usize, rows: usize, sums: usize): void {
  for (const end = leaves + (rows << 2); leaves < end; leaves += 16, sums += 16) {
    let value = v128.load32_zero(values + (load<u32>(leaves) as usize));
    value = v128.load_lane<f32>(values + (load<u32>(leaves, 4) as usize), value, 1);
    value = v128.load_lane<f32>(values + (load<u32>(leaves, 8) as usize), value, 2);
    value = v128.load_lane<f32>(values + (load<u32>(leaves, 12) as usize), value, 3);
    v128.store(sums, f32x4.add(v128.load(sums), value));
  }
}
