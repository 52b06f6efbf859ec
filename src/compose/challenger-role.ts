import { ChallengerRun, type ChallengerRunOptions } from './challenger-run.ts';
import type { GatedVersion } from './gated-version.ts';

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

  /** The program ends. */
  async close(): Promise<void> {
    await this.left();
    await this.#options.writer.close();
  }
}
