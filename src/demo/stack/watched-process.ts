import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { spawnWatched, type WatchedCommand } from './spawn-watched.ts';

export interface GuardedOptions extends Omit<WatchedCommand, 'output'> {
  readonly name: string;
  readonly logFile: string;
}

/** How much of its log an error about a process quotes, in characters. */
const TAIL = 3000;

/** A long-running process that ends together with this one, even if this one is killed. */
export class WatchedProcess {
  readonly #options: GuardedOptions;
  readonly #watchdog: ChildProcess;
  readonly #exited: Promise<void>;
  #over = false;

  constructor(options: GuardedOptions) {
    this.#options = options;
    // The process writes its log itself, so a busy parent does not block it.
    const log = openSync(options.logFile, 'a');
    this.#watchdog = spawnWatched({ ...options, output: log });
    closeSync(log);
    this.#exited = new Promise((resolve) => {
      const over = (): void => {
        this.#over = true;
        resolve();
      };
      this.#watchdog.once('exit', over);
      this.#watchdog.once('error', over);
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /**
   * Ends it with SIGTERM, and with SIGKILL if that takes too long; or kills it at once. The folder
   * is kept.
   */
  async stop(how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#over) return;
    this.#watchdog.stdin?.write(`${how}\n`);
    await this.#exited;
  }

  /** Sends a signal that does not end it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (!this.#over) this.#watchdog.stdin?.write(`${signal}\n`);
  }

  /**
   * Waits until `ready` returns true. Throws with the end of the log if the process ends or the
   * time is over.
   */
  async ready(ready: () => Promise<boolean>, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!(await ready().catch(() => false))) {
      if (this.#over || performance.now() > deadline) {
        const log = (await readFile(this.#options.logFile, 'utf8').catch(() => ''))
          .slice(-TAIL)
          .trimEnd();
        throw new Error(
          `${this.#options.name} ${this.#over ? 'ended' : 'was not ready in time'}:\n${log}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
