import { ScorerError } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { WITHOUT_SCORE, type Said } from './said.ts';

/** A score record, as the output topic has it. */
export interface Recorded {
  readonly score: number;
  readonly decision: string | null;
  readonly decidedBy: string | null;
}

export interface RecordedCounts {
  readonly records: number;
  /** Events that have a second record, equal to the first: at-least-once. */
  readonly repeated: number;
  /** Events whose second record says something else. The last one counts. */
  readonly changed: number;
}

const FIRST_SLOTS = 1 << 10;
/** An event without a score record: a dead letter, or not scored (yet). */
const MISSING = 'not in the output topic';

/** Score records by partition and offset of their events: 20 bytes a slot, at most 3 of 4 in use. */
export class RecordedScores {
  readonly #max: number;
  readonly #partitions = new Map<number, Slots>();
  readonly #decisions = new Names();
  readonly #deciders = new Names();
  #records = 0;
  #repeated = 0;
  #changed = 0;

  /** More events are refused. */
  constructor(max: number) {
    this.#max = max;
  }

  get counts(): RecordedCounts {
    return { records: this.#records, repeated: this.#repeated, changed: this.#changed };
  }

  add(partition: number, offset: number, { score, decision, decidedBy }: Recorded): void {
    let slots = this.#partitions.get(partition);
    if (slots === undefined) this.#partitions.set(partition, (slots = new Slots()));
    const [name, by] = [this.#decisions.id(decision), this.#deciders.id(decidedBy)];
    const slot = slots.find(offset);
    if (slots.has(slot)) {
      if (slots.equals(slot, score, name, by)) this.#repeated++;
      else this.#changed++;
    } else if (++this.#records > this.#max) throw tooMany(this.#max);
    slots.put(slot, offset, score, name, by);
  }

  /** What the records say about the events of a batch. */
  said({ partition, records }: Batch): Said {
    const slots = this.#partitions.get(partition) ?? new Slots();
    const score = new Float64Array(records.length).fill(NaN);
    const index = new Uint16Array(records.length);
    const by = new Uint16Array(records.length);
    const unscored: { row: number; code: string }[] = [];
    const skipped: { row: number; reason: string }[] = [];
    records.forEach(({ offset, value }, row) => {
      const slot = slots.find(Number(offset));
      if (slots.has(slot)) {
        score[row] = slots.scores[slot]!;
        index[row] = slots.decisions[slot]!;
        by[row] = slots.deciders[slot]!;
        if (Number.isNaN(score[row])) skipped.push({ row, reason: WITHOUT_SCORE });
      } else if (value === null) skipped.push({ row, reason: 'tombstone' });
      else unscored.push({ row, code: MISSING });
    });
    const { texts, hasTexts } = this.#decisions;
    return {
      score,
      policy: null,
      names: texts.map((text) => text ?? '(no decision)'),
      index: hasTexts ? index : null,
      by: this.#deciders.hasTexts ? (row) => this.#deciders.texts[by[row]!]! : undefined,
      unscored,
      skipped,
    };
  }
}

/** Texts or null as small numbers. */
class Names {
  readonly texts: (string | null)[] = [];
  readonly #ids = new Map<string | null, number>();

  get hasTexts(): boolean {
    return this.texts.some((text) => text !== null);
  }

  id(text: string | null): number {
    let id = this.#ids.get(text);
    if (id === undefined) this.#ids.set(text, (id = this.texts.push(text) - 1));
    return id;
  }
}

/** A hash table by offset. */
class Slots {
  #offsets = new Float64Array(FIRST_SLOTS).fill(NaN);
  scores = new Float64Array(FIRST_SLOTS);
  decisions = new Uint16Array(FIRST_SLOTS);
  deciders = new Uint16Array(FIRST_SLOTS);
  #size = 0;

  /** The slot of an offset, or the free one where it belongs. Offsets are dense, so few collide. */
  find(offset: number): number {
    const slots = this.#offsets.length;
    let slot = offset % slots;
    while (this.has(slot) && this.#offsets[slot] !== offset) slot = (slot + 1) % slots;
    return slot;
  }

  has(slot: number): boolean {
    return !Number.isNaN(this.#offsets[slot]);
  }

  equals(slot: number, score: number, decision: number, decider: number): boolean {
    return (
      Object.is(this.scores[slot], score) &&
      this.decisions[slot] === decision &&
      this.deciders[slot] === decider
    );
  }

  put(slot: number, offset: number, score: number, decision: number, decider: number): void {
    if (!this.has(slot)) this.#size++;
    this.#offsets[slot] = offset;
    this.scores[slot] = score;
    this.decisions[slot] = decision;
    this.deciders[slot] = decider;
    if (this.#size > this.#offsets.length * 0.75) this.#grow();
  }

  #grow(): void {
    const { scores, decisions, deciders } = this;
    const offsets = this.#offsets;
    const length = offsets.length * 2;
    this.#offsets = new Float64Array(length).fill(NaN);
    this.scores = new Float64Array(length);
    this.decisions = new Uint16Array(length);
    this.deciders = new Uint16Array(length);
    this.#size = 0;
    offsets.forEach((offset, slot) => {
      if (!Number.isNaN(offset))
        this.put(this.find(offset), offset, scores[slot]!, decisions[slot]!, deciders[slot]!);
    });
  }
}

function tooMany(max: number): ScorerError {
  return new ScorerError({
    code: 'INPUT_INVALID',
    what: `the output topic has the scores of more than ${max} events`,
    where: '--recorded',
    remedy: 'Compare a range that begins at a later time (--from).',
  });
}
