import { ScorerError } from '../errors.ts';
import { DEAD, SKIPPED } from '../flow/fates.ts';
import type { Outcome } from '../flow/outcome.ts';
import type { Unread } from '../flow/record.ts';

export interface DeadLetterLimits {
  /** More dead letters than this in a row, in one partition, are too many. */
  readonly maxConsecutive: number;
  /**
   * A larger share of dead letters than this, over `RATIO_WINDOW` records of one partition, is too
   * large; 1: no limit.
   */
  readonly maxRatio: number;
}

/**
 * The number of records for the share: small enough to stop early, large enough that a few bad
 * records do not exceed the limit.
 */
export const RATIO_WINDOW = 1000;

interface Count {
  /** Why the last records were not read. Those of one batch share one reason, and count once. */
  unread: Unread | undefined;
  consecutive: number;
  seen: number;
  dead: number;
}

/**
 * Stops the service before it moves a whole topic to the dead letters: if a hundred records in a
 * row fail, the cause is not the records. A batch that could not be read counts once, however many
 * records it has. It is called before an outcome is written, so nothing of a batch beyond the limit
 * is written or committed.
 */
export class DeadLetterLimit {
  readonly #limits: DeadLetterLimits;
  readonly #counts = new Map<string, Count>();

  constructor(limits: DeadLetterLimits) {
    this.#limits = limits;
  }

  /** Throws DEAD_LETTER_LIMIT if an outcome exceeds a limit. */
  check({ batch, fates }: Outcome): void {
    const key = `${batch.topic}-${batch.partition}`;
    const count = this.#counts.get(key) ?? { unread: undefined, consecutive: 0, seen: 0, dead: 0 };
    this.#counts.set(key, count);
    const { maxConsecutive, maxRatio } = this.#limits;
    for (const [row, state] of fates.state.entries()) {
      if (state === SKIPPED) continue;
      const unread = state === DEAD ? batch.records[row]!.unread : undefined;
      if (unread !== undefined && unread === count.unread) continue;
      count.unread = unread;
      count.seen++;
      if (state !== DEAD) {
        count.consecutive = 0;
        continue;
      }
      count.dead++;
      if (++count.consecutive > maxConsecutive) {
        throw exceeded(
          key,
          `more than ${maxConsecutive} records in a row are dead letters, up to offset ${batch.records[row]!.offset}`,
          'deadLetter.maxConsecutive',
          fates.rejects,
        );
      }
    }
    if (count.seen < RATIO_WINDOW) return;
    const ratio = count.dead / count.seen;
    if (ratio > maxRatio) {
      throw exceeded(
        key,
        `${count.dead} of ${count.seen} records are dead letters, up to offset ${batch.records.at(-1)!.offset}`,
        'deadLetter.maxRatio',
        fates.rejects,
      );
    }
    count.seen = 0;
    count.dead = 0;
  }

  /** Forgets the counts: the assignment is over. */
  reset(): void {
    this.#counts.clear();
  }
}

function exceeded(
  partition: string,
  what: string,
  where: string,
  rejects: Outcome['fates']['rejects'],
): ScorerError {
  const codes = Map.groupBy(rejects, ({ code }) => code);
  const common = [...codes].sort(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? '';
  return new ScorerError({
    code: 'DEAD_LETTER_LIMIT',
    what: `${partition}: ${what}; the most frequent code is ${common}`,
    where,
  });
}
