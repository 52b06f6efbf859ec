import { spawn } from 'node:child_process';
import { sharedStack } from '../support/stack.ts';
import { World } from './world.ts';

/** `npm run demo -- …` to its end: what it printed, and its exit code. */
async function demo(...args: string[]): Promise<{ readonly out: string; readonly code: unknown }> {
  const { brokers, registryUrl } = sharedStack();
  const { NODE_ENV: _env, ...env } = process.env;
  const child = spawn(process.execPath, ['scripts/demo.mjs', ...args], {
    env: { ...env, KAFKA_BROKERS: brokers.join(','), SCHEMA_REGISTRY_URL: registryUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { out, code };
}

describe('the demo, bounded', () => {
  it('ends by itself with every event accounted for, and lets the challenger take over', async () => {
    const { out, code } = await demo('--events', '4000', '--rate', '1000');
    expect(out).toContain('4000 sent, 4000 scored, 0 dead letters, 0 missing, 0 duplicates');
    expect(out).toMatch(/ model 1 challenger \d+\.\d\d % other decisions /);
    expect(out).toMatch(/REJECT +precision \d+\.\d %, recall \d+\.\d %/);
    expect(out).toMatch(/model +version 1 decided \d+, version 2 decided \d+\n/);
    expect(code).toBe(0);
  });

  it('only produces, to the brokers of the configuration', async () => {
    const world = await new World(sharedStack()).open();
    const topics = [
      `input.topics=[${world.input}]`,
      `output.topic=${world.output}`,
      `deadLetter.topic=${world.dead}`,
    ];
    const sets = topics.flatMap((set) => ['--set', set]);
    const { code } = await demo(
      '--no-stack',
      '--no-score',
      '--no-swap',
      '--events',
      '300',
      '--seed',
      '7',
      ...sets,
    );
    expect(code).toBe(0);
    expect(await world.endOffsets(world.input)).toBe(300);
    await world.close();
  });
});
