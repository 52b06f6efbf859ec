import { spawn } from 'node:child_process';
import { sharedStack } from '../support/stack.ts';

describe('the demo, bounded', () => {
  it('ends by itself, with every event accounted for', async () => {
    const { brokers, registryUrl } = sharedStack();
    const { NODE_ENV: _env, ...env } = process.env;
    const demo = spawn(
      process.execPath,
      ['dist/main.js', 'demo', '--events', '3000', '--rate', '3000'],
      {
        env: { ...env, KAFKA_BROKERS: brokers.join(','), SCHEMA_REGISTRY_URL: registryUrl },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let out = '';
    demo.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    demo.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const code = await new Promise((resolve) => demo.once('close', resolve));
    expect(out).toContain('3000 sent, 3000 scored, 0 dead letters, 0 missing, 0 duplicates');
    expect(out).toMatch(/REJECT +precision \d+\.\d %, recall \d+\.\d %/);
    expect(code).toBe(0);
  });
});
