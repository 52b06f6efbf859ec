import type { Fates } from '../flow/fates.ts';
import { isotonicKnots } from './calibrator.ts';
import type { Profile } from './profile.ts';
import { Reservoir, seeded } from './random.ts';

/** Labelled scores that are kept; of more, a uniform sample. */
const MAX_ROWS = 2_000_000;
const FIRST_ROWS = 1 << 12;

/** Builds the calibrator of a profile from scores with labels. */
export class CalibratorBuilder {
  readonly #rows: Reservoir;
  #scores = new Float64Array(FIRST_ROWS);
  #labels = new Uint8Array(FIRST_ROWS);

  constructor(seed: number) {
    this.#rows = new Reservoir(MAX_ROWS, seeded(seed));
  }

  /** `labels`: 0 or 1; another number: no label. */
  add(scores: Float64Array, labels: Uint8Array, fates: Fates): void {
    for (let row = 0; row < fates.rows; row++) {
      if (!fates.isAlive(row) || labels[row]! > 1) continue;
      const place = this.#rows.next();
      if (place === -1) continue;
      if (place === this.#scores.length) this.#grow();
      this.#scores[place] = scores[row]!;
      this.#labels[place] = labels[row]!;
    }
  }

  /** Undefined if there are not labels of both kinds. */
  build(): Profile['calibrator'] {
    const rows = this.#rows.taken;
    const made = isotonicKnots(this.#scores.subarray(0, rows), this.#labels.subarray(0, rows));
    if (made === undefined) return undefined;
    const knots = made.knots.map(([score, rate]): [number, number] => [score, rate]);
    return { knots, rows, positives: made.positives };
  }

  #grow(): void {
    const [scores, labels] = [this.#scores, this.#labels];
    this.#scores = new Float64Array(2 * scores.length);
    this.#labels = new Uint8Array(2 * labels.length);
    this.#scores.set(scores);
    this.#labels.set(labels);
  }
}
