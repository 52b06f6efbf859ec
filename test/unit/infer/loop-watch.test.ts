import { spawn } from 'node:child_process';
import { once } from 'node:events';

const FOR_EVER = 2 ** 31 - 1;

/** Ends with what the watched program ended with; `signal` is sent once its loop stands still. */
async function heldUp(
  args: readonly (number | string)[],
  signal?: NodeJS.Signals,
): Promise<readonly unknown[]> {
  const child = spawn(process.execPath, ['test/support/held-up-loop.ts', ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  // More than once: the watch has to have seen the loop stand still before.
  const again = setInterval(() => signal !== undefined && child.kill(signal), 300);
  const [, by] = (await ended) as [number | null, NodeJS.Signals | null];
  clearInterval(again);
  return [by, err];
}

describe('an event loop that stands still', () => {
  it('in the model ends the process, and says why', async () => {
    const [by, err] = await heldUp([400, FOR_EVER, 'model', 60_000]);
    expect(by).toBe('SIGKILL');
    expect(err).toMatch(
      /INFERENCE_TIMEOUT {2}the model blocked the event loop for 0\.4\d* s.*\n.*inference\.timeoutMs\n.*inference\.workers/,
    );
  });

  it('elsewhere does not', async () => {
    const [by, err] = await heldUp([200, FOR_EVER, 'elsewhere', 2000]);
    expect([by, err]).toEqual([null, '']);
  });

  it('while the process is told to stop ends it sooner, where the system shows signals', async () => {
    const [by, err] = await heldUp(
      [FOR_EVER, 1000, 'model', process.platform === 'linux' ? 60_000 : 2000],
      'SIGTERM',
    );
    expect(by).toBe(process.platform === 'linux' ? 'SIGKILL' : null);
    expect(err).toContain(process.platform === 'linux' ? 'the process was told to stop' : '');
  });
});
