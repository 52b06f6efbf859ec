import type { Column, Events } from '../../flow/events.ts';
import type { Slots } from '../../flow/projection.ts';
import type { EventField } from '../cel/typed.ts';
import type { Rows } from './rows.ts';
import { fieldReader, type ReadField } from './field-vector.ts';
import type { Vector } from './vector.ts';

/** The columns of one batch after the other, each read once per batch. */
export class PolicyRows implements Rows {
  rows = 0;
  score = new Float64Array(0);
  readonly #readers: readonly ReadField[];
  readonly #slots: Slots;
  readonly #segment: (rows: number) => Vector;
  readonly #read: (Vector | undefined)[];
  #columns: readonly Column[] = [];
  #segments: Vector | undefined;

  /** `slots`: the column of the events with each of the fields. */
  constructor(
    fields: readonly EventField[],
    slots: Slots,
    segments: { readonly vector: (rows: number) => Vector },
  ) {
    this.#readers = fields.map(({ type }) => fieldReader(type));
    this.#slots = slots;
    this.#segment = (rows) => segments.vector(rows);
    this.#read = fields.map(() => undefined);
  }

  take({ columns, fates }: Events, score: Float64Array): void {
    this.rows = fates.rows;
    this.score = score as Float64Array<ArrayBuffer>;
    this.#columns = columns;
    this.#read.fill(undefined);
    this.#segments = undefined;
  }

  column(slot: number): Column {
    return this.#columns[this.#slots[slot]!]!;
  }

  field(slot: number): Vector {
    return (this.#read[slot] ??= this.#readers[slot]!(this.column(slot), this.rows));
  }

  segment(): Vector {
    return (this.#segments ??= this.#segment(this.rows));
  }
}
