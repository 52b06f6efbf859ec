import { hash } from 'node:crypto';
import { ScorerError } from '../errors.ts';
import { UNLABELLED } from './compared-batch.ts';

const EMPTY = 0;
/** Above the label itself in a state: the slot is taken, an event had it. */
const TAKEN = 2;
const USED = 4;
const FIRST_SLOTS = 1 << 12;
const WORDS = 4;

/** What is known about the labels as a whole. */
export interface LabelCounts {
  /** Different ids. */
  readonly ids: number;
  /** Records that repeat an id with the same label. */
  readonly repeated: number;
  /** Records that change the label of an id. The last one counts. */
  readonly changed: number;
  /** Records whose label is null. They say nothing. */
  readonly empty: number;
  /** Ids that no event had. */
  readonly unused: number;
  /** Events that have a label. */
  readonly joined: number;
}

/**
 * Label by id, in a hash table of 17 bytes a slot. Of an id, 128 bits of its SHA-256 are kept: that
 * two ids share them is less likely than a fault of the memory. At most 3 of 4 slots are in use.
 */
export class LabelTable {
  readonly #max: number;
  #words = new Uint32Array(FIRST_SLOTS * WORDS);
  #states = new Uint8Array(FIRST_SLOTS);
  #size = 0;
  #repeated = 0;
  #changed = 0;
  #empty = 0;
  #joined = 0;

  /** More ids are refused. */
  constructor(maxIds: number) {
    this.#max = maxIds;
  }

  get counts(): LabelCounts {
    let unused = 0;
    for (const state of this.#states) if (state !== EMPTY && state < USED) unused++;
    return {
      ids: this.#size,
      repeated: this.#repeated,
      changed: this.#changed,
      empty: this.#empty,
      unused,
      joined: this.#joined,
    };
  }

  /** Adds the label of an id; null: a record that does not know it. */
  add(id: Buffer | string, label: 0 | 1 | null): void {
    if (label === null) {
      this.#empty++;
      return;
    }
    const digest = digestOf(id);
    const slot = this.#slot(digest);
    const state = this.#states[slot]!;
    if (state !== EMPTY) {
      if ((state & 1) === label) this.#repeated++;
      else this.#changed++;
      this.#states[slot] = (state & ~1) | label;
      return;
    }
    if (this.#size >= this.#max) throw tooMany(this.#max);
    this.#fill(slot, digest, TAKEN | label);
    if (++this.#size > this.#states.length * 0.75) this.#grow();
  }

  /** The label of an event's id, or UNLABELLED. */
  of(id: Buffer | string): number {
    const slot = this.#slot(digestOf(id));
    const state = this.#states[slot]!;
    if (state === EMPTY) return UNLABELLED;
    this.#states[slot] = state | USED;
    this.#joined++;
    return state & 1;
  }

  /** The slot of a digest, or the free one where it belongs. */
  #slot(digest: Uint32Array): number {
    const mask = this.#states.length - 1;
    for (let slot = digest[0]! & mask; ; slot = (slot + 1) & mask) {
      if (this.#states[slot] === EMPTY) return slot;
      const at = slot * WORDS;
      let word = 0;
      while (word < WORDS && this.#words[at + word] === digest[word]) word++;
      if (word === WORDS) return slot;
    }
  }

  #fill(slot: number, digest: Uint32Array, state: number): void {
    this.#words.set(digest, slot * WORDS);
    this.#states[slot] = state;
  }

  #grow(): void {
    const [words, states] = [this.#words, this.#states];
    this.#words = new Uint32Array(words.length * 2);
    this.#states = new Uint8Array(states.length * 2);
    states.forEach((state, slot) => {
      if (state === EMPTY) return;
      const digest = words.subarray(slot * WORDS, (slot + 1) * WORDS);
      this.#fill(this.#slot(digest), digest, state);
    });
  }
}

function digestOf(id: Buffer | string): Uint32Array {
  const digest = hash('sha256', id, 'buffer');
  return Uint32Array.from({ length: WORDS }, (_, word) => digest.readUInt32LE(word * 4));
}

function tooMany(max: number): ScorerError {
  return new ScorerError({
    code: 'INPUT_INVALID',
    what: `there are more than ${max} labels`,
    where: '--labels',
    remedy: 'Leave out the labels of other events, or give only those of the range.',
  });
}
