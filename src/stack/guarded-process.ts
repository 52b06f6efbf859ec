import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface GuardedOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly logFile: string;
  /** Removed by the guard when the parent dies without stopping. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A process that ends with this one, even if this one is killed. */
export class GuardedProcess {
  readonly #options: GuardedOptions;
  readonly #guard: ChildProcess;
  readonly #exited: Promise<void>;
  #over = false;

  constructor(options: GuardedOptions) {
    this.#options = options;
    const { command, args, cwd, logFile, folder, env } = options;
    const guard = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? 'guard.ts' : 'guard.js', import.meta.url));
    this.#guard = spawn(process.execPath, [guard, '--remove', folder, '--', command, ...args], {
      cwd,
      env: env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // out of the terminal's process group: Ctrl-C is for the parent
    });
    const log = createWriteStream(logFile, { flags: 'a' });
    this.#guard.stdout?.pipe(log, { end: false });
    this.#guard.stderr?.pipe(log, { end: false });
    this.#guard.stdin?.on('error', () => undefined); // the guard may be gone first
    this.#exited = new Promise((resolve) => {
      this.#guard.once('exit', () => {
        this.#over = true;
        log.end();
        resolve();
      });
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /** Ends it by SIGTERM, with the folder left alone; or kills it at once. */
  async stop(how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#over) return;
    this.#guard.stdin?.write(`${how}\n`);
    await this.#exited;
  }

  /** Waits until `ready` answers true; throws with the end of the log if the process ends or the time is over. */
  async ready(ready: () => Promise<boolean>, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!(await ready().catch(() => false))) {
      if (this.#over || performance.now() > deadline) {
        const log = (await readFile(this.#options.logFile, 'utf8').catch(() => '')).slice(-3000).trimEnd();
        throw new Error(`${this.#options.name} ${this.#over ? 'ended' : 'was not ready in time'}:\n${log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
