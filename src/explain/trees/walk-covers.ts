import type { CoverRatios } from './cover-ratios.ts';
import { gaussLegendre } from './gauss-legendre.ts';
import { holds, type Steps } from './steps.ts';

/**
 * Path-dependent SHAP of one row: a feature that is not known goes both ways, by the shares of the
 * covers. Walks to all leaves, and keeps for each feature on the way whether the row is inside its
 * tests (`o`), and the product of its shares (`z`). The sum over all orders of the players is an
 * integral of a polynomial, and Gauss-Legendre has no error there.
 */
export class CoversWalk {
  readonly #inside: Uint8Array;
  readonly #shares: Float64Array;
  readonly #isMet: Uint8Array;
  readonly #path = new Int32Array(129);
  readonly #factors = new Float64Array(129);
  #length = 0;

  constructor(width: number) {
    this.#inside = new Uint8Array(width);
    this.#shares = new Float64Array(width);
    this.#isMet = new Uint8Array(width);
  }

  /** Adds to `phi`, from `at` on, one number for each feature. */
  add(
    steps: Steps,
    values: Float32Array,
    ratios: CoverRatios,
    x: Float32Array,
    row: number,
    phi: Float64Array,
    at: number,
  ): void {
    const { tree, held, failed } = steps;
    const walk = (reference: number): void => {
      if (reference < 0) {
        this.#leaf(values[~reference]!, phi, at);
        return;
      }
      const feature = tree.features[reference]!;
      const value = x[row + feature]!;
      const isHeld = holds(steps, reference, value);
      const isNew = this.#isMet[feature] === 0;
      const inside = isNew ? 1 : this.#inside[feature]!;
      const share = isNew ? 1 : this.#shares[feature]!;
      if (isNew) {
        this.#isMet[feature] = 1;
        this.#path[this.#length++] = feature;
      }
      this.#inside[feature] = isHeld ? inside : 0;
      this.#shares[feature] = share * ratios.held[reference]!;
      // Neither known nor unknown leads there: all terms are zero.
      if (this.#inside[feature] === 1 || this.#shares[feature] > 0) walk(held[reference]!);
      this.#inside[feature] = isHeld ? 0 : inside;
      this.#shares[feature] = share * ratios.failed[reference]!;
      if (this.#inside[feature] === 1 || this.#shares[feature] > 0) walk(failed[reference]!);
      this.#inside[feature] = inside;
      this.#shares[feature] = share;
      if (isNew) {
        this.#isMet[feature] = 0;
        this.#length--;
      }
    };
    walk(tree.root);
  }

  #leaf(value: number, phi: Float64Array, at: number): void {
    const count = this.#length;
    if (count === 0 || value === 0) return;
    const { nodes, weights } = gaussLegendre(Math.ceil(count / 2));
    for (let q = 0; q < nodes.length; q++) {
      const t = nodes[q]!;
      let product = value * weights[q]!;
      for (let i = 0; i < count; i++) {
        const feature = this.#path[i]!;
        const factor = t * this.#inside[feature]! + (1 - t) * this.#shares[feature]!;
        this.#factors[i] = factor;
        product *= factor;
      }
      for (let i = 0; i < count; i++) {
        const feature = this.#path[i]!;
        phi[at + feature]! +=
          ((this.#inside[feature]! - this.#shares[feature]!) * product) / this.#factors[i]!;
      }
    }
  }
}

/** What a tree answers if no feature is known. */
export function expectedValue(steps: Steps, values: Float32Array, ratios: CoverRatios): number {
  const expect = (reference: number): number => {
    if (reference < 0) return values[~reference]!;
    const [held, failed] = [ratios.held[reference]!, ratios.failed[reference]!];
    return (
      (held === 0 ? 0 : held * expect(steps.held[reference]!)) +
      (failed === 0 ? 0 : failed * expect(steps.failed[reference]!))
    );
  };
  return expect(steps.tree.root);
}
