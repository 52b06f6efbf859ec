import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';

const TAIL = 2000;

/** The built program as a process of its own. */
export class Replica {
  readonly name: string;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly logFile: string;
  #tail = '';
  #owns = false;
  #assignments = 0;
  #port: number | undefined;
  #line = '';

  constructor(name: string, args: readonly string[], logFile: string) {
    this.name = name;
    this.logFile = logFile;
    const { NODE_ENV: _env, ...env } = process.env; // it changes kafkajs' defaults
    this.#child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#read(text);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        resolve();
      });
      this.#child.once('error', () => {
        resolve();
      });
    });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether it had partitions after the last rebalance it has told of. */
  get owns(): boolean {
    return this.#owns && this.running;
  }

  /** How often the group assigned partitions to it: 1 where there was no rebalance. */
  get assignments(): number {
    return this.#assignments;
  }

  /** Of its HTTP endpoints, once it has told it. */
  get port(): number | undefined {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** The end of its log. */
  get tail(): string {
    return this.#tail.trimEnd();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #read(text: string): void {
    appendFileSync(this.logFile, text);
    this.#tail = (this.#tail + text).slice(-TAIL);
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop()!;
    for (const line of lines) {
      const port = /"port":(\d+)/.exec(line)?.[1];
      if (port !== undefined) this.#port = Number(port);
      if (!line.includes('partitions assigned')) continue;
      this.#owns = !line.includes('"partitions":[]');
      this.#assignments++;
    }
  }
}
