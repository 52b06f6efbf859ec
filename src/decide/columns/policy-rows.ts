import type { Column, Events } from '../../flow/events.ts';
import type { Utf8Column } from '../../flow/utf8-column.ts';
import type { ProfileMarks } from '../../flow/profile-marks.ts';
import type { Slots } from '../../flow/projection.ts';
import type { Scores } from '../../flow/scores.ts';
import type { EventField } from '../cel/typed.ts';
import type { Rows, SegmentPlaces } from './rows.ts';
import { fieldReader, type ReadField } from './field-vector.ts';
import { TextCodes } from './text-codes.ts';
import type { Vector } from './vector.ts';

/** Gives the segment of each row when a condition asks for it. */
export interface NamedSegments {
  readonly vector: (rows: number) => Vector;
  readonly places: () => SegmentPlaces;
}

/** The columns of one batch after the other, each read once per batch. */
export class PolicyRows implements Rows {
  rows = 0;
  serial = 0;
  score = new Float64Array(0);
  marks: ProfileMarks | undefined;
  readonly #readers: readonly ReadField[];
  readonly #slots: Slots;
  #segment: NamedSegments | undefined;
  readonly #read: (Vector | undefined)[];
  readonly #coded: (Uint32Array | undefined)[];
  /** By field: what conditions compare it with. They add to it when they are compiled. */
  readonly texts: readonly TextCodes[];
  #columns: readonly Column[] = [];
  #segments: Vector | undefined;
  #versions: Vector | undefined;
  #scored: Pick<Scores, 'models' | 'modelOf'> = { models: [], modelOf: null };

  /** `slots`: the column of the events with each of the fields. */
  constructor(fields: readonly EventField[], slots: Slots) {
    this.#readers = fields.map(({ type, projected }) =>
      fieldReader(type, projected.as === 'length'),
    );
    this.#slots = slots;
    this.#read = fields.map(() => undefined);
    this.#coded = fields.map(() => undefined);
    this.texts = fields.map(() => new TextCodes());
  }

  take(
    { columns, fates }: Events,
    scores: Scores,
    segments: NamedSegments,
    marks?: ProfileMarks,
  ): void {
    this.marks = marks;
    this.#segment = segments;
    this.serial++;
    this.rows = fates.rows;
    this.score = scores.score as Float64Array<ArrayBuffer>;
    this.#scored = scores;
    this.#versions = undefined;
    this.#columns = columns;
    this.#read.fill(undefined);
    this.#coded.fill(undefined);
    this.#segments = undefined;
  }

  column(slot: number): Column {
    return this.#columns[this.#slots[slot]!]!;
  }

  field(slot: number): Vector {
    return (this.#read[slot] ??= this.#readers[slot]!(this.column(slot), this.rows));
  }

  codes(slot: number): Uint32Array {
    return (this.#coded[slot] ??= this.texts[slot]!.of(this.column(slot) as Utf8Column, this.rows));
  }

  segment(): Vector {
    return (this.#segments ??= this.#segment!.vector(this.rows));
  }

  segmentPlaces(): SegmentPlaces {
    return this.#segment!.places();
  }

  version(): Vector {
    return (this.#versions ??= this.#versionOf());
  }

  #versionOf(): Vector {
    const { models, modelOf } = this.#scored;
    const names = models.map(({ version }) => version);
    const values = Array.from({ length: this.rows }, (_, row) => names[modelOf?.[row] ?? 0]!);
    return { is: 'string', values, state: null };
  }
}
