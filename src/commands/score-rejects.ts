import type { Destination } from '../files/destination.ts';
import type { Rejected } from '../compose/score-events.ts';

/** Without a file, this many are reported one by one. */
const MAX_REPORTED = 10;

/**
 * Counts the events without a score and reports them: all of them to a file, or the first few on
 * stderr.
 */
export class Rejects {
  readonly #file: Destination | undefined;
  readonly #err: (text: string) => void;
  readonly #nameOf: (index: number) => string;
  readonly #byCode = new Map<string, number>();
  #count = 0;

  constructor(
    file: Destination | undefined,
    err: (text: string) => void,
    nameOf: (index: number) => string,
  ) {
    this.#file = file;
    this.#err = err;
    this.#nameOf = nameOf;
  }

  get count(): number {
    return this.#count;
  }

  async add({ index, stage, code, message }: Rejected): Promise<void> {
    this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + 1);
    this.#count++;
    if (this.#file !== undefined)
      await this.#file.write(`${JSON.stringify({ index, stage, code, message })}\n`);
    else if (this.#count <= MAX_REPORTED)
      this.#err(`${this.#nameOf(index)}: ${code}  ${message}\n`);
    else if (this.#count === MAX_REPORTED + 1)
      this.#err('more are only counted; --dead-letters FILE writes all of them\n');
  }

  /** How many, by code: the most frequent first. */
  summary(): string {
    const counts = [...this.#byCode].sort(([, a], [, b]) => b - a);
    return counts.map(([code, count]) => `  ${code}  ${count}\n`).join('');
  }
}
