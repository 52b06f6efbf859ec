import type { Compiled, Policy } from './compile-policy.ts';
import type { Expressions } from './columns/evaluator.ts';
import type { Rows, SegmentPlaces } from './columns/rows.ts';
import { TRUE, type Bools, type Texts } from './columns/vector.ts';
import type { SegmentSettings } from '../flow/policy-settings.ts';

/** A segment whose condition could not be evaluated for an event. */
export interface FailedSegment {
  readonly name: string;
  readonly error: number;
  /** The fields that the condition reads. */
  readonly reads: string;
}

/** The segments of a policy, for one batch after the other: the first whose condition holds. */
export class Segments {
  readonly names: readonly string[];
  readonly #reads: readonly string[];
  readonly #conditions: readonly ((batch: Rows) => Bools)[];
  #of: Uint16Array | null = null;
  /** Of the condition that failed: its error, and its place. */
  #errors = new Uint8Array(0);
  #failed = new Uint16Array(0);
  #anyFailed = false;

  constructor(
    segments: readonly Compiled<SegmentSettings>[],
    fields: Policy['fields'],
    expressions: Expressions,
  ) {
    this.names = segments.map(({ name }) => name);
    this.#reads = segments.map(({ reads }) =>
      reads.map((slot) => `event.${fields[slot]!.path}`).join(', '),
    );
    this.#conditions = segments.map(({ condition }) => expressions.truth(condition));
  }

  /** The place of the segment of each row, plus 1; null without segments. */
  assign(batch: Rows): Uint16Array | null {
    const { rows } = batch;
    if (this.names.length === 0) return null;
    if (this.#errors.length < rows) {
      this.#errors = new Uint8Array(rows);
      this.#failed = new Uint16Array(rows);
    }
    this.#errors.fill(0, 0, rows);
    let failed = false;
    const of = new Uint16Array(rows);
    // From the last to the first one, so that the first one counts.
    for (let i = this.#conditions.length - 1; i >= 0; i--) {
      const { values: holds, some } = this.#conditions[i]!(batch);
      if (some > TRUE || failed) {
        this.#assignAny(i, holds, of);
        failed = true;
      } else if (some !== 0)
        for (let row = 0; row < rows; row++) of[row] = holds[row] === TRUE ? i + 1 : of[row]!;
    }
    this.#anyFailed = failed;
    this.#of = of;
    return of;
  }

  /** The same where rows may have errors. */
  #assignAny(segment: number, holds: Uint8Array, of: Uint16Array): void {
    for (let row = 0; row < of.length; row++) {
      const found = holds[row]!;
      if (found === 0) continue;
      of[row] = found === TRUE ? segment + 1 : 0;
      this.#errors[row] = found === TRUE ? 0 : found;
      this.#failed[row] = segment;
    }
  }

  /** Takes over the segments that somebody else has found without an error. */
  take(of: Uint16Array): Uint16Array | null {
    this.#anyFailed = false;
    this.#of = this.names.length === 0 ? null : of;
    return this.#of;
  }

  /** Whether the condition of a segment failed for any row of the batch. */
  get anyFailed(): boolean {
    return this.#anyFailed;
  }

  places(): SegmentPlaces {
    return { of: this.#of, errors: this.#anyFailed ? this.#errors : null, names: this.names };
  }

  failed(row: number): FailedSegment | undefined {
    if (this.#errors[row] === 0) return undefined;
    const segment = this.#failed[row]!;
    const [name, reads] = [this.names[segment]!, this.#reads[segment]!];
    return { name, error: this.#errors[row]!, reads };
  }

  /** The names of the segments as conditions see them: null where there is none. */
  vector(rows: number): Texts {
    const state = new Uint8Array(rows).fill(1);
    const values = new Array<string>(rows).fill('');
    for (let row = 0; this.#of !== null && row < rows; row++) {
      const error = this.#anyFailed ? this.#errors[row]! : 0;
      const segment = this.#of[row]!;
      if (error !== 0) state[row] = error;
      else if (segment !== 0) {
        state[row] = 0;
        values[row] = this.names[segment - 1]!;
      }
    }
    return { is: 'string', values, state };
  }
}
