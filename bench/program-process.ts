import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** How long a program may take to finish what is in flight. */
const STOP_MS = 20_000;

/** A program under test: a child process, its output in a file. */
export class ProgramProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #logFile: string;
  /** Where its metrics are, if it has any. */
  readonly metricsUrl: string | undefined;

  constructor(
    args: readonly string[],
    logFile: string,
    env: NodeJS.ProcessEnv,
    metricsUrl?: string,
  ) {
    this.metricsUrl = metricsUrl;
    const log = openSync(logFile, 'w');
    this.#logFile = logFile;
    this.#child = spawn(process.execPath, args, { env, stdio: ['ignore', log, log] });
    closeSync(log);
    // A bench that cannot wait any longer takes its programs with it.
    const kill = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => {
        process.off('exit', kill);
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get over(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Asks it to end, then makes it. Answers whether it ended by itself and well. */
  async stop(): Promise<boolean> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.#exited;
    clearTimeout(timer);
    return this.#child.exitCode === 0;
  }

  /** The end of what it wrote. */
  get log(): string {
    return readFileSync(this.#logFile, 'utf8').slice(-2000).trimEnd();
  }
}
