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
  const sums = units.map(({ fields }, unit) => ({
    unit,
    contribution: fields.reduce((sum, field) => sum + values[field]!, 0),
  }));
  const least =
    NOTHING * sums.reduce((most, { contribution }) => Math.max(most, Math.abs(contribution)), 0);
  const weight = (contribution: number): number =>
    towards === 0 ? Math.abs(contribution) : towards * contribution;
  return sums
    .filter(({ contribution }) => weight(contribution) > least)
    .sort((a, b) => weight(b.contribution) - weight(a.contribution) || a.unit - b.unit)
    .slice(0, top);
}
