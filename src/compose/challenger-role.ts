import { withDeadline } from '../runtime/retry.ts';
import { ChallengerRun, type ChallengerRunOptions } from './challenger-run.ts';
import type { GatedVersion } from './gated-version.ts';

/** The end of the program waits this long for a batch, and as long for the producer. */
const CLOSE_MS = 1000;

/** The challenger at work, whichever lineups it is in. */
export class ChallengerRole {
  readonly #options: ChallengerRunOptions;
  #version: GatedVersion | undefined;
  #run: ChallengerRun | undefined;

  constructor(options: ChallengerRunOptions) {
    this.#options = options;
  }

  get run(): ChallengerRun | undefined {
    return this.#run;
  }

  /** The work of this challenger. That of another one ends. */
  runFor(version: GatedVersion): ChallengerRun {
    if (this.#run === undefined || this.#version !== version) {
      void this.left();
      this.#version = version;
      this.#run = new ChallengerRun(version, this.#options);
    }
    return this.#run;
  }

  /** There is no challenger any more. Resolves when it has finished its batch. */
  async left(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    await run?.close();
  }

  /** The program ends. Neither the challenger nor its topic holds that up. */
  async close(): Promise<void> {
    const late = (): Error => new Error('it is late');
    await withDeadline(this.left(), CLOSE_MS, late).catch(() => undefined);
    await withDeadline(this.#options.writer.close(), CLOSE_MS, late).catch(() => undefined);
  }
}
