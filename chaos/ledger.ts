export type Fate = 'score' | 'dead';

/** What a run comes to; the last four have to be 0 but for the copies that at-least-once allows. */
export interface Totals {
  readonly inputs: number;
  readonly scores: number;
  readonly deadLetters: number;
  /** Inputs before the committed offset without any output. */
  readonly missing: number;
  /** Inputs behind it without any output. */
  readonly unfinished: number;
  /** Outputs beyond the first of an input. */
  readonly duplicates: number;
  /** First copies that come after an output of a later input of the same key. */
  readonly outOfOrder: number;
  /**
   * Good inputs that became dead letters, bad ones that were scored, and outputs of no input at
   * all.
   */
  readonly wrong: number;
}

/** Fates as the bytes of a partition hold them; 0: the offset holds no input. */
const CODE: Readonly<Record<Fate, number>> = { score: 1, dead: 2 };
const FIRST_CAPACITY = 4096;
const MAX_COPIES = 255;

/** One partition's inputs by offset, a few bytes each. */
class PartitionLedger {
  fates = new Uint8Array(FIRST_CAPACITY);
  keys = new Uint16Array(FIRST_CAPACITY);
  copies = new Uint8Array(FIRST_CAPACITY);
  /** Greatest offset with an output, by key, for each destination. */
  readonly latest: Readonly<Record<Fate, Map<number, number>>> = {
    score: new Map(),
    dead: new Map(),
  };

  reserve(offset: number): void {
    if (offset < this.fates.length) return;
    const capacity = Math.max(this.fates.length * 2, offset + 1);
    this.fates = grown(this.fates, new Uint8Array(capacity));
    this.keys = grown(this.keys, new Uint16Array(capacity));
    this.copies = grown(this.copies, new Uint8Array(capacity));
  }
}

/**
 * Every input by partition and offset, and what came of it. All inputs are entered first, then the
 * outputs of each destination in the order in which a consumer sees them.
 *
 * What out of order means has to bear with copies: at-least-once writes a batch again that was
 * written, but whose offset was not committed, so that older inputs come after newer ones. Every
 * writer begins at a committed offset, before which all is written, and writes without gaps; so
 * whatever the crashes, the first copies of a key's inputs are in the order of the inputs. A first
 * copy after an output of a later input therefore breaks the order in both guarantees; in
 * exactly-once, where there are no other copies, it is the plain meaning.
 */
export class Ledger {
  readonly #partitions: readonly PartitionLedger[];
  readonly #counts = { inputs: 0, score: 0, dead: 0, duplicates: 0, outOfOrder: 0, wrong: 0 };

  constructor(partitions: number) {
    this.#partitions = Array.from({ length: partitions }, () => new PartitionLedger());
  }

  /**
   * `key`: a number below 65,536, unique in the partition; `fate`: what has to come of the input.
   */
  input(partition: number, offset: number, key: number, fate: Fate): void {
    const ledger = this.#partitions[partition]!;
    ledger.reserve(offset);
    ledger.fates[offset] = CODE[fate];
    ledger.keys[offset] = key;
    this.#counts.inputs++;
  }

  /** An output whose source is this partition and offset. */
  output(fate: Fate, partition: number, offset: number): void {
    const counts = this.#counts;
    counts[fate]++;
    const ledger = this.#partitions[partition];
    const expected = ledger?.fates[offset] ?? 0;
    if (ledger === undefined || expected === 0) {
      counts.wrong++;
      return;
    }
    if (expected !== CODE[fate]) counts.wrong++;
    const copies = ledger.copies[offset]!;
    if (copies > 0) counts.duplicates++;
    if (copies < MAX_COPIES) ledger.copies[offset] = copies + 1;
    const key = ledger.keys[offset]!;
    const latest = ledger.latest[fate].get(key) ?? -1;
    if (copies === 0 && offset < latest) counts.outOfOrder++;
    if (offset > latest) ledger.latest[fate].set(key, offset);
  }

  /** `committed`: the group's offsets, by partition. */
  totals(committed: readonly number[]): Totals {
    const {
      inputs,
      score: scores,
      dead: deadLetters,
      duplicates,
      outOfOrder,
      wrong,
    } = this.#counts;
    let missing = 0;
    let unfinished = 0;
    for (const [partition, { fates, copies }] of this.#partitions.entries()) {
      for (let offset = 0; offset < fates.length; offset++) {
        if (fates[offset] === 0 || copies[offset] !== 0) continue;
        if (offset < committed[partition]!) missing++;
        else unfinished++;
      }
    }
    return { inputs, scores, deadLetters, missing, unfinished, duplicates, outOfOrder, wrong };
  }
}

function grown<T extends Uint8Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
