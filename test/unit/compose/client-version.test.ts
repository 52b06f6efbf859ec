import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { lookAtKafka } from '../../../src/commands/check-kafka.ts';
import { startService } from '../../../src/compose/service.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { SILENT } from '../../../src/observe/logger.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const installed = createRequire(import.meta.url)('kafkajs/package.json') as { version: string };

// A patch may be wrong for it without a word: records would be lost, or scored twice.
describe('with another version of kafkajs than the patches know', () => {
  const { version } = installed;
  let server: Server;
  let connections: number;
  let folder: string;
  let settings: Settings;

  beforeEach(async () => {
    connections = 0;
    server = createServer((socket) => {
      connections++;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-version-'));
    await writeFile(
      join(folder, 'scorer.yaml'),
      `kafka: { brokers: ["127.0.0.1:${port}"] }
schemaRegistry: { url: "http://127.0.0.1:${port}" }
input: { topics: [in] }
output: { topic: out }
model: { dir: ${resolve('test/e2e/bundle')} }
http: { host: 127.0.0.1, port: 0 }
`,
    );
    ({ settings } = await loadConfig({ file: 'scorer.yaml', sets: [], cwd: folder, env: {} }));
    installed.version = '2.3.0';
  });

  afterEach(async () => {
    installed.version = version;
    server.close();
    await rm(folder, { recursive: true });
  });

  it('the service does not start, and connects to nothing', async () => {
    const callOff = new AbortController();
    const error = await scorerErrorOf(() => startService(settings, SILENT, callOff.signal));
    expect(error.code).toBe('CLIENT_VERSION');
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain('version 2.3.0 of kafkajs is installed');
    expect(error.message).toContain('batches in flight when the group rebalances (guarantee)');
    expect(connections).toBe(0);
  });

  it('check says so', async () => {
    const error = await scorerErrorOf(() => lookAtKafka(settings));
    expect(error.code).toBe('CLIENT_VERSION');
    expect(connections).toBe(0);
  });
});
