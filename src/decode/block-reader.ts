import { Cursor } from './cursor.ts';
import type { DecodePlan, Step, WantedElement, WantedEntry } from './decode-plan.ts';
import { BLOCK, COUNT, EMPTY, fail, MAX_EMPTY } from './read-error.ts';

type Wanted = Extract<Step, { readonly do: 'entries' }>;

/**
 * Walks over arrays and maps, which consist of blocks of entries. Some blocks declare their length.
 * An entry of a map (`keys` 1) has a key.
 */
export abstract class BlockReader extends Cursor {
  /** The end of the block that `block` opened, or -1 if the block does not declare it. */
  protected blockEnd = -1;
  /** How many more elements without bytes may be walked over one by one. */
  protected empty = MAX_EMPTY;

  protected abstract call(plan: DecodePlan): void;

  /**
   * The head of the next block: how many entries it has, 0 after the last block. A key takes at
   * least one byte.
   */
  protected block(item: DecodePlan, keys: 0 | 1): number {
    let count = this.long();
    let size = -1;
    if (count < 0) {
      count = -count;
      size = this.length();
    }
    if (count * (item.minBytes + keys) > this.end - this.at) fail(COUNT);
    this.blockEnd = -1;
    if (size >= 0) {
      const start = this.take(size);
      this.blockEnd = this.at;
      this.at = start;
    }
    return count;
  }

  /** Walks over the rest of an array block. It must end where the block said. */
  protected finish(item: DecodePlan, left: number, end: number): void {
    if (end < 0) this.#skip(item, 0, left);
    else if (left === 0 ? this.at !== end : this.at > end) fail(BLOCK);
    else this.at = end;
  }

  /** Walks over a whole array or map. Returns the number of its entries. */
  protected count(item: DecodePlan, keys: 0 | 1): number {
    let total = 0;
    for (let count = this.block(item, keys); count > 0; count = this.block(item, keys)) {
      total += count;
      if (this.blockEnd >= 0) this.at = this.blockEnd;
      else this.#skip(item, keys, count);
    }
    return total;
  }

  /** Walks over every entry, also if a block declares its length. */
  protected every(item: DecodePlan, keys: 0 | 1): void {
    for (let count = this.block(item, keys); count > 0; count = this.block(item, keys)) {
      const end = this.blockEnd;
      if (keys === 0 && item.steps.length === 0) {
        if ((this.empty -= count) < 0) fail(EMPTY);
      } else {
        for (let i = 0; i < count; i++) {
          const before = this.at;
          if (keys === 1) this.takeText(this.length());
          this.call(item);
          if (this.at === before && --this.empty < 0) fail(EMPTY);
        }
      }
      if (end >= 0 && this.at !== end) fail(BLOCK);
    }
  }

  protected elements(item: DecodePlan, wanted: readonly WantedElement[]): void {
    let total = 0;
    let next = 0;
    for (let count = this.block(item, 0); count > 0; count = this.block(item, 0)) {
      const end = this.blockEnd;
      let done = 0;
      for (; next < wanted.length && wanted[next]!.index < total + count; next++) {
        const { index, plan } = wanted[next]!;
        this.#skip(item, 0, index - total - done);
        this.call(plan);
        done = index - total + 1;
      }
      total += count;
      this.finish(item, count - done, end);
    }
  }

  protected entries({ item, wanted, byKey }: Wanted): void {
    for (let count = this.block(item, 1); count > 0; count = this.block(item, 1)) {
      const end = this.blockEnd;
      for (let i = 0; i < count; i++) {
        const length = this.length();
        const start = this.take(length);
        const plan =
          byKey === null
            ? this.#wantedAt(wanted, start, length)
            : byKey.get(this.bytes.toString('latin1', start, start + length));
        this.call(plan ?? item);
      }
      if (end >= 0 && this.at !== end) fail(BLOCK);
    }
  }

  #wantedAt(wanted: readonly WantedEntry[], start: number, length: number): DecodePlan | undefined {
    for (const { key, plan } of wanted) {
      if (key.length === length && this.bytes.compare(key, 0, length, start, start + length) === 0)
        return plan;
    }
    return undefined;
  }

  /**
   * Entries without bytes (nulls, empty records) have no content. A loop over a billion of them
   * would be an attack.
   */
  #skip(item: DecodePlan, keys: 0 | 1, count: number): void {
    const [only, more] = item.steps;
    if (keys === 0 && only === undefined) return;
    if (keys === 0 && only?.do === 'fixed' && more === undefined) {
      this.take(only.bytes * count);
      return;
    }
    for (let i = 0; i < count; i++) {
      if (keys === 1) this.take(this.length());
      this.call(item);
    }
  }
}
