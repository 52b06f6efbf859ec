import type { Unit } from './units.ts';

/** Smaller parts of the strongest contribution are the rounding of sums. */
const NOTHING = 1e-9;

/**
 * The strongest units of a row. `towards`: only contributions that move the score in this direction
 * (1: up, -1: down); 0: in any.
 */
export function strongest(
  units: readonly Unit[],
  values: Float64Array,
  top: number,
  towards: -1 | 0 | 1,
): readonly { readonly unit: number; readonly contribution: number }[] {
  const sums = new Float64Array(units.length);
  let most = 0;
  for (let unit = 0; unit < units.length; unit++) {
    let sum = 0;
    for (const field of units[unit]!.fields) sum += values[field]!;
    sums[unit] = sum;
    most = Math.max(most, Math.abs(sum));
  }
  const chosen: { readonly unit: number; readonly contribution: number }[] = [];
  // few are wanted, so to sort all of them would take longer; of equal ones, the first comes first
  while (chosen.length < top) {
    let [best, weight] = [-1, NOTHING * most];
    for (let unit = 0; unit < sums.length; unit++) {
      const own = towards === 0 ? Math.abs(sums[unit]!) : towards * sums[unit]!;
      if (own > weight) [best, weight] = [unit, own];
    }
    if (best < 0) break;
    chosen.push({ unit: best, contribution: sums[best]! });
    sums[best] = 0;
  }
  return chosen;
}
