import type { Column, Events } from '../../flow/events.ts';
import type { Utf8Column } from '../../flow/utf8-column.ts';
import type { ProfileMarks } from '../../flow/profile-marks.ts';
import type { Slots } from '../../flow/projection.ts';
import type { Scores } from '../../flow/scores.ts';
import type { EventField } from '../cel/typed.ts';
import type { Rows, SegmentPlaces } from './rows.ts';
import { fieldReader, type ReadField } from './field-vector.ts';
import { TextCodes } from './text-codes.ts';
import type { Texts, Vector } from './vector.ts';

/** Gives the segment of each row when a condition asks for it. */
export interface NamedSegments {
  readonly vector: (rows: number) => Texts;
  readonly places: () => SegmentPlaces;
}

/** What is known of the events of a batch. */
export interface PolicyBatch {
  readonly rows: number;
  readonly scores: Pick<Scores, 'score' | 'models' | 'modelOf'>;
  readonly segments: NamedSegments;
  readonly marks: ProfileMarks | undefined;
  /** By the place of the field among those that the policy reads. */
  readonly column: (slot: number) => Column;
}

/** `slots`: the column of the events with each of the fields. */
export const policyBatch = (
  { columns, fates }: Pick<Events, 'columns' | 'fates'>,
  slots: Slots,
  { scores, segments, marks }: Pick<PolicyBatch, 'scores' | 'segments' | 'marks'>,
): PolicyBatch => ({
  rows: fates.rows,
  scores,
  segments,
  marks,
  column: (slot) => columns[slots[slot]!]!,
});

/** The columns of one batch after the other, each read once per batch. */
export class PolicyRows implements Rows {
  rows = 0;
  serial = 0;
  score: Float64Array = new Float64Array(0);
  #batch: PolicyBatch | undefined;
  readonly #readers: readonly ReadField[];
  readonly #read: (Vector | undefined)[];
  readonly #coded: (Uint32Array | undefined)[];
  /** By field: what conditions compare it with. They add to it when they are compiled. */
  readonly texts: readonly TextCodes[];
  #segments: Vector | undefined;
  #versions: Vector | undefined;

  constructor(fields: readonly EventField[]) {
    this.#readers = fields.map(({ type, projected }) =>
      fieldReader(type, projected.as === 'length'),
    );
    this.#read = fields.map(() => undefined);
    this.#coded = fields.map(() => undefined);
    this.texts = fields.map(() => new TextCodes());
  }

  take(batch: PolicyBatch): void {
    this.#batch = batch;
    this.serial++;
    this.rows = batch.rows;
    this.score = batch.scores.score;
    this.#versions = undefined;
    this.#read.fill(undefined);
    this.#coded.fill(undefined);
    this.#segments = undefined;
  }

  get marks(): ProfileMarks | undefined {
    return this.#batch!.marks;
  }

  column(slot: number): Column {
    return this.#batch!.column(slot);
  }

  field(slot: number): Vector {
    return (this.#read[slot] ??= this.#readers[slot]!(this.column(slot), this.rows));
  }

  codes(slot: number): Uint32Array {
    return (this.#coded[slot] ??= this.texts[slot]!.of(this.column(slot) as Utf8Column, this.rows));
  }

  segment(): Vector {
    return (this.#segments ??= this.#batch!.segments.vector(this.rows));
  }

  segmentPlaces(): SegmentPlaces {
    return this.#batch!.segments.places();
  }

  version(): Vector {
    return (this.#versions ??= this.#versionOf());
  }

  #versionOf(): Vector {
    const { models, modelOf } = this.#batch!.scores;
    const names = models.map(({ version }) => version);
    const values = Array.from({ length: this.rows }, (_, row) => names[modelOf?.[row] ?? 0]!);
    return { is: 'string', values, state: null };
  }
}
