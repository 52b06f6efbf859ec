// The inner loop of the comparison with a profile, in AssemblyScript: `npm run kernel` makes
// src/monitor/kernel-wasm.ts of it.

/**
 * Counts numbers by slot: 0 for NaN, else 1 plus how many thresholds are not above it. `values`:
 * float64, a multiple of eight of them, in `rows`. `thresholds`: float64, ascending, `count` of
 * them. Half of the numbers are counted in `counts`, the others in `others`, each of them int32 by
 * slot, because one that is counted at once in the same place would wait for the one before.
 * Returns whether any of the bytes of `states` is not 0; there are as many, and as many zeros that
 * sixteen of them can be read at a time.
 */
export function count(
  values: usize,
  states: usize,
  rows: usize,
  thresholds: usize,
  count: usize,
  counts: usize,
  others: usize,
): bool {
  const end = thresholds + (count << 3);
  for (let row: usize = 0; row < rows; row += 8) {
    const from = values + (row << 3);
    const v0 = v128.load(from);
    const v1 = v128.load(from, 16);
    const v2 = v128.load(from, 32);
    const v3 = v128.load(from, 48);
    // a comparison that holds is -1
    let s0 = f64x2.eq(v0, v0);
    let s1 = f64x2.eq(v1, v1);
    let s2 = f64x2.eq(v2, v2);
    let s3 = f64x2.eq(v3, v3);
    for (let at = thresholds; at < end; at += 8) {
      const threshold = v128.load64_splat(at);
      s0 = i64x2.add(s0, f64x2.ge(v0, threshold));
      s1 = i64x2.add(s1, f64x2.ge(v1, threshold));
      s2 = i64x2.add(s2, f64x2.ge(v2, threshold));
      s3 = i64x2.add(s3, f64x2.ge(v3, threshold));
    }
    tally(s0, counts, others);
    tally(s1, counts, others);
    tally(s2, counts, others);
    tally(s3, counts, others);
  }
  let all = i64x2.splat(0);
  for (let row: usize = 0; row < rows; row += 16) all = v128.or(all, v128.load(states + row));
  return v128.any_true(all);
}

function tally(slots: v128, counts: usize, others: usize): void {
  const first = counts - ((i64x2.extract_lane(slots, 0) as usize) << 2);
  const second = others - ((i64x2.extract_lane(slots, 1) as usize) << 2);
  store<i32>(first, load<i32>(first) + 1);
  store<i32>(second, load<i32>(second) + 1);
}
