import { isTrue } from './condition.ts';
import { gaussLegendre } from './gauss-legendre.ts';
import type { Path } from './paths.ts';
import { weight } from './walk-background.ts';

/**
 * Adds to `into`, from `at` on, what a path adds to each of its features, if the conditions of
 * `pattern` are true (bit i: that of feature i).
 */
export type LeafShares = (pattern: number, into: Float64Array, at: number) => void;

/** The bits of a pattern are those of an integer. */
export const MAX_PATTERN = 30;

/** By covers: see `CoversWalk`. */
export function sharesByCovers({ value, shares }: Path): LeafShares {
  const count = shares.length;
  const { nodes, weights } = gaussLegendre(Math.ceil(count / 2));
  const factors = new Float64Array(count);
  return (pattern, into, at) => {
    for (let q = 0; q < nodes.length; q++) {
      const t = nodes[q]!;
      let product = value * weights[q]!;
      for (let i = 0; i < count; i++) {
        const factor = t * ((pattern >> i) & 1) + (1 - t) * shares[i]!;
        // Neither known nor unknown values lead there: all terms have a factor of zero.
        if (factor === 0) return;
        factors[i] = factor;
        product *= factor;
      }
      for (let i = 0; i < count; i++)
        into[at + i]! += ((((pattern >> i) & 1) - shares[i]!) * product) / factors[i]!;
    }
  };
}

/** Against a background. `ranks`: those of its rows, rows × width, -1 for a missing value. */
export function sharesByBackground(
  ranks: Int32Array,
  rows: number,
  width: number,
): (path: Path) => LeafShares {
  return ({ value, features, conditions }) => {
    const count = features.length;
    const all = 2 ** count - 1;
    const found = new Map<number, number>();
    for (let row = 0; row < rows; row++) {
      let pattern = 0;
      for (let i = 0; i < count; i++)
        if (isTrue(conditions[i]!, ranks[row * width + features[i]!]!)) pattern |= 1 << i;
      found.set(pattern, (found.get(pattern) ?? 0) + value / rows);
    }
    const patterns = Int32Array.from(found.keys());
    const shares = Float64Array.from(found.values());
    return (pattern, into, at) => {
      for (let k = 0; k < patterns.length; k++) {
        const other = patterns[k]!;
        if ((pattern | other) !== all) continue;
        const [own, others] = [pattern & ~other, other & ~pattern];
        const [p, m] = [bits(own), bits(others)];
        if (p > 0) add(into, at, own, shares[k]! * weight(p, m));
        if (m > 0) add(into, at, others, -shares[k]! * weight(m, p));
      }
    };
  };
}

function add(into: Float64Array, at: number, features: number, share: number): void {
  for (let left = features; left !== 0; left &= left - 1)
    into[at + 31 - Math.clz32(left & -left)]! += share;
}

function bits(pattern: number): number {
  let count = 0;
  for (let left = pattern; left !== 0; left &= left - 1) count++;
  return count;
}
