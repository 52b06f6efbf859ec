/** What is kept of a scored event, by small numbers: 24 bytes. */
export interface KeptScore {
  low: number;
  high: number;
  score: number;
  decision: number;
  version: number;
  segment: number;
  /** Why it was decided so. */
  why: number;
  /** The partition that it came from. */
  partition: number;
  /** The number of its group, for each of at most four fields. */
  readonly groups: Uint8Array;
  /** Milliseconds since the day began. */
  msOfDay: number;
  /** It was scored before the program started, and comes from the output topic. */
  restored?: boolean;
}

export const WORDS = 6;
const BYTES = WORDS * 4;
/** The places of the words of a slot. */
export const SCORE = 2;
export const CODES = 3; // decision, version, segment, flags
export const GROUPS = 4;
export const REST = 5; // minute of the day (11 bits), why (8), partition (13)

const USED = 1;
const LABEL_SHIFT = 1;
const OVERRIDE_SHIFT = 3;
/** The event comes from the output topic; so does the time of its label. */
const RESTORED = 1 << 5;
const REPLAYED = 1 << 6;
/** What the flags say about the label. */
export const UNLABELLED = 0;
export const NEGATIVE = 1;
export const POSITIVE = 2;

const FIRST_SLOTS = 1 << 6;
const FULL = 0.75;
const MS_OF_MINUTE = 60_000;

/** As many partitions are told apart. */
export const PARTITIONS = 1 << 13;

/** The word of these numbers of an event, without flags. */
export const codesWord = (decision: number, version: number, segment: number): number =>
  ((decision << 24) | (version << 16) | (segment << 8)) >>> 0;

/** The word of its groups: `field` is the place of the field. */
export const groupBits = (group: number, field: number): number => group << (24 - 8 * field);

/** The word of the rest. `partition` is below `PARTITIONS`. */
export const restWord = (msOfDay: number, why: number, partition: number): number =>
  ((Math.min(1439, Math.floor(msOfDay / MS_OF_MINUTE)) << 21) | (why << 13) | partition) >>> 0;

/** As many slots of a day are a power of two, and fit into these bytes. */
export const slotsWithin = (bytes: number): number =>
  2 ** Math.max(6, Math.floor(Math.log2(bytes / BYTES)));

/**
 * The events of one day, in a hash table that does not grow beyond a size. A day with more events
 * keeps a sample of them: the part of all ids that their hash decides, halved each time when the
 * table is full. So what is kept is as good as a random choice, and does not depend on the order.
 */
export class ScoreDay {
  readonly #maxSlots: number;
  #words: Uint32Array<ArrayBuffer>;
  #floats: Float32Array;
  #size = 0;
  /** Bits of `high` that are 0 for an event in the sample: one more each time it is halved. */
  #mask = 0;
  /** Something has changed since somebody last looked. */
  changed = true;

  /** With as many events as expected, nothing has to move. */
  constructor(maxSlots: number, expected = 0) {
    this.#maxSlots = maxSlots;
    let slots = FIRST_SLOTS;
    while (slots * FULL < expected && slots < maxSlots) slots *= 2;
    this.#words = new Uint32Array(slots * WORDS);
    this.#floats = new Float32Array(this.#words.buffer);
  }

  /** Events that are kept. */
  get size(): number {
    return this.#size;
  }

  /** The part of the events that is kept. */
  get sampled(): number {
    return 1 / (this.#mask + 1);
  }

  /** Bits of `high` that are 0 for an event in the sample. */
  get mask(): number {
    return this.#mask;
  }

  get words(): Uint32Array {
    return this.#words;
  }

  get floats(): Float32Array {
    return this.#floats;
  }

  /**
   * Reads where many packed events belong, all at once, so that the processor does not wait for its
   * memory at each of them later. The result says nothing.
   */
  fetch(packed: Uint32Array, from: number, to: number): number {
    const words = this.#words;
    const mask = words.length / WORDS - 1;
    let all = 0;
    for (let i = from; i < to; i += WORDS) all |= words[(packed[i]! & mask) * WORDS]!;
    return all;
  }

  /** Where the words of an id begin; -1: it is not here. */
  find(low: number, high: number): number {
    const at = this.#place(low, high);
    return (this.#words[at + CODES]! & USED) === 0 ? -1 : at;
  }

  /** Keeps an event, or replaces what is known of it; its label stays. -1: it is not in the sample. */
  add(kept: KeptScore): number {
    const packed = ONE.words;
    packed[0] = kept.low;
    packed[1] = kept.high;
    ONE.floats[SCORE] = kept.score;
    packed[CODES] = codesWord(kept.decision, kept.version, kept.segment);
    packed[GROUPS] = kept.groups.reduce((all, group, field) => all | groupBits(group, field), 0);
    packed[REST] = restWord(kept.msOfDay, kept.why, kept.partition % PARTITIONS);
    return this.put(packed, 0, kept.restored);
  }

  /** The same for an event whose words begin at `from`. */
  put(packed: Uint32Array, from: number, restored = false): number {
    const [low, high] = [packed[from]!, packed[from + 1]!];
    if (!this.#isSampled(high)) return -1;
    const at = this.#place(low, high);
    const words = this.#words;
    const flags = words[at + CODES]! & 0xff;
    const isNew = (flags & USED) === 0;
    if (restored && !isNew) return at; // what was scored since then is newer
    const origin = restored ? RESTORED : 0;
    words[at] = low;
    words[at + 1] = high;
    words[at + SCORE] = packed[from + SCORE]!;
    words[at + CODES] = packed[from + CODES]! | flags | USED | origin;
    words[at + GROUPS] = packed[from + GROUPS]!;
    words[at + REST] = packed[from + REST]!;
    this.changed = true;
    if (!isNew) return at;
    this.#size++;
    if (this.#size <= (this.#words.length / WORDS) * FULL) return at;
    if (this.#words.length / WORDS < this.#maxSlots) this.#rebuild(this.#words.length * 2, keepAll);
    else {
      this.#mask = 2 * this.#mask + 1;
      this.#rebuild(this.#words.length, (from, slot) => this.#isSampled(from[slot + 1]!));
    }
    return this.find(low, high);
  }

  label(at: number): number {
    return (this.#words[at + CODES]! >>> LABEL_SHIFT) & 3;
  }

  setLabel(at: number, label: number): void {
    const rest = this.#words[at + CODES]! & ~(6 | REPLAYED);
    this.#words[at + CODES] = (rest | (label << LABEL_SHIFT)) >>> 0;
    this.changed = true;
  }

  isRestored(at: number): boolean {
    return (this.#words[at + CODES]! & RESTORED) !== 0;
  }

  /** An older label, unless there is a newer one. */
  replayLabel(at: number, label: number): void {
    const flags = this.#words[at + CODES]!;
    if (this.label(at) !== UNLABELLED && (flags & REPLAYED) === 0) return;
    this.setLabel(at, label);
    this.#words[at + CODES] = (this.#words[at + CODES]! | REPLAYED) >>> 0;
  }

  /** What a person decided: 0 nothing yet, 1 the same, 2 something else. */
  override(at: number): number {
    return (this.#words[at + CODES]! >>> OVERRIDE_SHIFT) & 3;
  }

  setOverride(at: number, override: 1 | 2): void {
    const rest = this.#words[at + CODES]! & ~(3 << OVERRIDE_SHIFT);
    this.#words[at + CODES] = (rest | (override << OVERRIDE_SHIFT)) >>> 0;
  }

  /** When it happened, in ms since the day began, to the minute. */
  msOfDay(at: number): number {
    return (this.#words[at + REST]! >>> 21) * MS_OF_MINUTE;
  }

  /** Forgets the events of some partitions. */
  drop(isGone: (partition: number) => boolean): void {
    const before = this.#size;
    this.#rebuild(
      this.#words.length,
      (from, slot) => !isGone(from[slot + REST]! & (PARTITIONS - 1)),
    );
    if (this.#size !== before) this.changed = true;
  }

  /** Calls for each event with the place of its words. */
  forEach(each: (at: number) => void): void {
    const words = this.#words;
    for (let at = 0; at < words.length; at += WORDS)
      if ((words[at + CODES]! & USED) !== 0) each(at);
  }

  #isSampled(high: number): boolean {
    return (high & this.#mask) === 0;
  }

  #place(low: number, high: number): number {
    const words = this.#words;
    const mask = words.length / WORDS - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      if ((words[at + CODES]! & USED) === 0) return at;
      if (words[at] === low && words[at + 1] === high) return at;
    }
  }

  #rebuild(length: number, keeps: (from: Uint32Array, slot: number) => boolean): void {
    const from = this.#words;
    this.#words = new Uint32Array(length);
    this.#floats = new Float32Array(this.#words.buffer);
    this.#size = 0;
    for (let slot = 0; slot < from.length; slot += WORDS) {
      if ((from[slot + CODES]! & USED) === 0 || !keeps(from, slot)) continue;
      const at = this.#place(from[slot]!, from[slot + 1]!);
      for (let word = 0; word < WORDS; word++) this.#words[at + word] = from[slot + word]!;
      this.#size++;
    }
  }
}

/** Where one event is packed. */
const words = new Uint32Array(WORDS);
const ONE = { words, floats: new Float32Array(words.buffer) };

const keepAll = (): boolean => true;
