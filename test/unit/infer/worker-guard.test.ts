import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WORKER_PROGRAM } from '../../../src/infer/worker-fork.ts';
import { eventually } from '../../support/eventually.ts';

const SCORER = fileURLToPath(new URL('../../support/mortal-scorer.ts', import.meta.url));

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('workers that notice nothing end when the scorer is killed, and nobody else', async () => {
  const scorer = spawn(process.execPath, [SCORER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: scorer.stdout }), 'line')) as [string];
  const [unguarded, ...guarded] = line.split(' ').map(Number) as [number, ...number[]];
  try {
    expect([unguarded, ...guarded].map(runs)).toEqual([true, true, true]);
    scorer.kill('SIGKILL');
    await eventually(
      () => guarded.map(runs),
      (all) => !all.includes(true),
    );
    expect(runs(unguarded)).toBe(true);
  } finally {
    process.kill(unguarded, 'SIGKILL');
  }
});

it('a worker without a guard watches its parent itself', async () => {
  const notOurs = String(process.pid + 1);
  const worker = fork(fileURLToPath(WORKER_PROGRAM), [notOurs], { stdio: 'ignore' });
  expect(await once(worker, 'exit')).toEqual([null, 'SIGKILL']);
});
