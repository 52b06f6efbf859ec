import kafkajs from 'kafkajs';
import { createKafka } from '../../../src/kafkajs/kafka-client.ts';
import { kafkajsLog } from '../../../src/kafkajs/kafka-log.ts';
import { SILENT, type Logger } from '../../../src/observe/logger.ts';

function heard() {
  const said: string[] = [];
  const logger: Logger = new Proxy(SILENT, {
    get: (_, level) => (fields: { broker?: string }, message: string) =>
      said.push(`${String(level)} ${fields.broker} ${message}`),
  });
  return { said, logger };
}

it('says once a second what many connections say of one broker, and every line at level debug', () => {
  const { said, logger } = heard();
  let now = 0;
  const log = kafkajsLog(logger, () => now)(kafkajs.logLevel.WARN);
  const say = (broker: string, error?: string): void => {
    log({
      namespace: 'Connection',
      level: kafkajs.logLevel.ERROR,
      label: 'ERROR',
      log: { timestamp: '', message: 'reset', broker, error },
    });
  };
  for (let connection = 0; connection < 3; connection++) say('a');
  say('b');
  say('a', 'another');
  now = 999;
  say('a');
  now = 1000;
  say('a');
  expect(said).toEqual([
    'warn a kafkajs: reset',
    'debug a kafkajs: reset',
    'debug a kafkajs: reset',
    'warn b kafkajs: reset',
    'warn a kafkajs: reset',
    'debug a kafkajs: reset',
    'warn a kafkajs: reset',
  ]);
});

it('is where every client logs to', () => {
  const { said, logger } = heard();
  const kafka = createKafka({ brokers: ['127.0.0.1:1'], clientId: 'test', logger });
  for (let connection = 0; connection < 100; connection++)
    kafka.logger().error('reset', { broker: 'a' });
  expect(said.filter((line) => line.startsWith('warn')).length).toBeLessThan(10);
});
