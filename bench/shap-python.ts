import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

interface Answer {
  readonly seconds?: number;
  readonly versions?: Readonly<Record<string, string>>;
}

/** explain_trees.py, which explains rows when it is asked. */
export interface Python {
  readonly ready: () => Promise<Answer>;
  /** Seconds of CPU. */
  readonly explain: (model: string, by: string, mode: string, rows: number) => Promise<number>;
  readonly close: () => void;
}

/** One thread for all libraries, which read these at their start. */
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

export function openPython(python: string, folder: string): Python {
  const child = spawn(python, [join(import.meta.dirname, 'explain_trees.py'), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...ONE_THREAD },
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`${python} bench/explain_trees.py ended with ${code}`));
    });
  });
  failed.catch(() => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Answer> => {
    const { value, done } = await Promise.race([lines.next(), failed]);
    if (done === true) return failed;
    return JSON.parse(value) as Answer;
  };
  return {
    ready: answer,
    explain: async (model, by, mode, rows) => {
      child.stdin.write(`${model} ${by} ${mode} ${rows}\n`);
      return (await answer()).seconds ?? NaN;
    },
    close: () => {
      child.stdin.end();
    },
  };
}
