import { isTrue } from './condition.ts';
import { gaussLegendre } from './gauss-legendre.ts';
import type { Path } from './paths.ts';
import { weight } from './walk-background.ts';

/**
 * What a path adds to each of its features, if the conditions of a pattern are true (bit i: that of
 * feature i).
 */
export interface LeafShares {
  /** Adds to `into`, from `at` on. */
  readonly one: (pattern: number, into: Float64Array, at: number) => void;
  /** All patterns, one after the other. */
  readonly all: () => Float64Array;
}

/** The bits of a pattern are those of an integer. */
export const MAX_PATTERN = 30;

/** By covers: see `CoversWalk`. */
export function sharesByCovers({ value, shares }: Path): LeafShares {
  const count = shares.length;
  const { nodes, weights } = gaussLegendre(Math.ceil(count / 2));
  const factors = new Float64Array(count);
  const one: LeafShares['one'] = (pattern, into, at) => {
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
  return {
    one,
    all: () => {
      const every = new Float64Array(2 ** count * count);
      for (let pattern = 0; pattern < 2 ** count; pattern++) one(pattern, every, pattern * count);
      return every;
    },
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
    const both = (own: number, others: number, share: number, into: Float64Array, at: number) => {
      const [p, m] = [bits(own), bits(others)];
      if (p > 0) add(into, at, own, share * weight(p, m));
      if (m > 0) add(into, at, others, -share * weight(m, p));
    };
    return {
      one: (pattern, into, at) => {
        for (let k = 0; k < patterns.length; k++) {
          const other = patterns[k]!;
          if ((pattern | other) === all)
            both(pattern & ~other, other & ~pattern, shares[k]!, into, at);
        }
      },
      all: () => {
        const every = new Float64Array(2 ** count * count);
        for (let k = 0; k < patterns.length; k++) {
          // A row has all that this one lacks, and any part of what it has.
          const other = patterns[k]!;
          const lacking = all & ~other;
          for (let shared = other; ; shared = (shared - 1) & other) {
            both(lacking, other & ~shared, shares[k]!, every, (lacking | shared) * count);
            if (shared === 0) break;
          }
        }
        return every;
      },
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
