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
  /** Adds all patterns to `into`, one after the other: 2 ** features × features numbers. */
  readonly all: (into: Float64Array) => void;
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
    all: (into) => {
      for (let pattern = 0; pattern < 2 ** count; pattern++) one(pattern, into, pattern * count);
    },
  };
}

/** Against a background. `ranks`: those of its rows, rows × width, -1 for a missing value. */
export function sharesByBackground(
  ranks: Int32Array,
  rows: number,
  width: number,
): (path: Path) => LeafShares {
  // feature by feature, because a path asks few of them
  const byFeature = new Int32Array(ranks.length);
  for (let row = 0; row < rows; row++)
    for (let feature = 0; feature < width; feature++)
      byFeature[feature * rows + row] = ranks[row * width + feature]!;
  const ofRows = new Int32Array(rows);
  return ({ value, features, conditions }) => {
    const count = features.length;
    const all = 2 ** count - 1;
    ofRows.fill(0);
    for (let i = 0; i < count; i++) {
      const condition = conditions[i]!;
      const from = features[i]! * rows;
      for (let row = 0; row < rows; row++)
        if (isTrue(condition, byFeature[from + row]!)) ofRows[row] = ofRows[row]! | (1 << i);
    }
    // each pattern once, with what all of its rows add
    const patterns: number[] = [];
    const shares: number[] = [];
    ofRows.sort();
    for (let row = 0, next = 0; row < rows; row = next) {
      while (next < rows && ofRows[next] === ofRows[row]) next++;
      patterns.push(ofRows[row]!);
      shares.push((value * (next - row)) / rows);
    }
    return {
      one: (pattern, into, at) => {
        for (let k = 0; k < patterns.length; k++) {
          const other = patterns[k]!;
          if ((pattern | other) === all)
            addBoth(pattern & ~other, other & ~pattern, shares[k]!, into, at, count);
        }
      },
      all: (into) => {
        for (let k = 0; k < patterns.length; k++) {
          // A row has all that this one lacks, and any part of what it has.
          const other = patterns[k]!;
          const lacking = all & ~other;
          for (let shared = other; ; shared = (shared - 1) & other) {
            const at = (lacking | shared) * count;
            addBoth(lacking, other & ~shared, shares[k]!, into, at, count);
            if (shared === 0) break;
          }
        }
      },
    };
  };
}

/** What one of the features adds that the row alone satisfies, and one that the other row does. */
function addBoth(
  own: number,
  others: number,
  share: number,
  into: Float64Array,
  at: number,
  count: number,
): void {
  const [p, m] = [bits(own), bits(others)];
  const up = p === 0 ? 0 : share * weight(p, m);
  const down = m === 0 ? 0 : share * weight(m, p);
  // no branch: which bits are set is hard to predict
  for (let i = 0; i < count; i++)
    into[at + i] = into[at + i]! + ((own >> i) & 1) * up - ((others >> i) & 1) * down;
}

function bits(pattern: number): number {
  let sum = pattern - ((pattern >> 1) & 0x5555_5555);
  sum = (sum & 0x3333_3333) + ((sum >> 2) & 0x3333_3333);
  return Math.imul((sum + (sum >> 4)) & 0x0f0f_0f0f, 0x0101_0101) >> 24;
}
