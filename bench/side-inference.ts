import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

interface Answer {
  readonly rows: number;
  /** Of CPU time. */
  readonly micros: number;
}

/**
 * The inference of a challenger without a challenger: a process that has nothing to do with the
 * stream scores rows of the same model. What the program costs more beside it is what two processes
 * cost one another on this machine, not what a challenger does.
 */
export class SideInference {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;
  #working: Promise<void> = Promise.resolve();
  #rows = 0;
  #micros = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the process that scores beside ended with ${code}`);
    });
    this.#ended.catch(() => undefined);
  }

  /** `dir`: the folder of a version. Resolves when the model is warm. */
  static async open(dir: string, version: string): Promise<SideInference> {
    const child = fork(join(import.meta.dirname, 'own-inference.ts'), [dir, version]);
    const side = new SideInference(child);
    await side.#answer();
    return side;
  }

  /** Scores so many rows after those that it was told of before. */
  score(rows: number): Promise<void> {
    this.#working = this.#working.then(async () => {
      if (rows === 0) return;
      this.#child.send(rows);
      const answer = await this.#answer();
      this.#rows += answer.rows;
      this.#micros += answer.micros;
    });
    return this.#working;
  }

  /** The rows so far, and the seconds of CPU time for them. */
  get done(): { readonly rows: number; readonly cpuSeconds: number } {
    return { rows: this.#rows, cpuSeconds: this.#micros / 1e6 };
  }

  /** All that it was told of is done. */
  async close(): Promise<void> {
    try {
      await this.#working;
    } finally {
      this.#child.kill();
    }
  }

  async #answer(): Promise<Answer> {
    const message = once(this.#child, 'message');
    const [answer] = (await Promise.race([message, this.#ended])) as [Answer];
    return answer;
  }
}
