import type { Settings } from '../../../src/config/settings.ts';
import { kafkaOf, registryOf } from '../../../src/compose/connections.ts';
import { SILENT } from '../../../src/observe/logger.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const settings = {
  name: 'n',
  kafka: { brokers: ['localhost:1'], tls: { caFile: '/nowhere/ca.pem' } },
  schemaRegistry: { url: 'https://localhost:1', caFile: '/nowhere/ca.pem', timeoutMs: 1 },
  input: {},
  kafkajs: { client: {} },
} as unknown as Settings;

it.each([
  ['kafka.tls.caFile', () => kafkaOf(settings, SILENT)],
  ['schemaRegistry.caFile', () => registryOf(settings)],
])('%s that is not there is a problem of the configuration', async (where, connect) => {
  const { problems, exitCode } = await scorerErrorOf(connect);
  expect(problems[0]).toMatchObject({
    code: 'CONFIG_FILE',
    where,
    what: 'the file /nowhere/ca.pem cannot be read (ENOENT)',
  });
  expect(exitCode).toBe(2);
});
