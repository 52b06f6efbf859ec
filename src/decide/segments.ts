import type { Compiled, Policy } from './compile-policy.ts';
import { compileTruth } from './columns/evaluator.ts';
import type { Rows } from './columns/rows.ts';
import type { TextCodes } from './columns/text-codes.ts';
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
    texts: readonly TextCodes[],
  ) {
    this.names = segments.map(({ name }) => name);
    this.#reads = segments.map(({ reads }) =>
      reads.map((slot) => `event.${fields[slot]!.path}`).join(', '),
    );
    this.#conditions = segments.map(({ condition }) => compileTruth(condition, texts));
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
    this.#anyFailed = false;
    const of = new Uint16Array(rows);
    for (const [i, condition] of this.#conditions.entries()) {
      const { values: holds, some } = condition(batch);
      if (some === 0) continue;
      for (let row = 0; row < rows; row++) {
        const found = holds[row]!;
        if (found === 0 || of[row] !== 0 || this.#errors[row] !== 0) continue;
        if (found === TRUE) of[row] = i + 1;
        else {
          this.#errors[row] = found;
          this.#failed[row] = i;
          this.#anyFailed = true;
        }
      }
    }
    this.#of = of;
    return of;
  }

  /** Whether the condition of a segment failed for any row of the batch. */
  get anyFailed(): boolean {
    return this.#anyFailed;
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
      const error = this.#errors[row]!;
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
