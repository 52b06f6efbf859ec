import type { Consumer, ConsumerConfig, ConsumerRunConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { KafkaSource } from '../../../src/consume/kafka-source.ts';
import { SILENT } from '../../../src/observe/logger.ts';
import { RecordedEvents } from '../../support/recorded-events.ts';

type Listener = (event: { payload: unknown }) => void;

/**
 * A kafkajs that only notes what it is asked for: what matters here shows on a broker as a matter
 * of time, or seldom.
 */
async function started(partitions = 4) {
  const listeners = new Map<string, Listener>();
  let asked: ConsumerConfig | undefined;
  let run: ConsumerRunConfig | undefined;
  const consumer = {
    connect: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    run: (config: ConsumerRunConfig) => {
      run = config;
      return Promise.resolve();
    },
    on: (name: string, listener: Listener) => listeners.set(name, listener),
  } as unknown as Consumer;
  const kafka = {
    consumer: (config: ConsumerConfig) => {
      asked = config;
      return consumer;
    },
  } as unknown as Kafka;
  const options = {
    kafka,
    groupId: 'g',
    topics: ['in'],
    partitions,
    fromBeginning: true,
    outOfRange: 'stop',
    overrides: { sessionTimeout: 9000 },
    logger: SILENT,
  } as const;
  const source = new KafkaSource(options);
  const events = new RecordedEvents();
  await source.start(events);
  const emit = (name: string, payload: unknown): void => {
    listeners.get(`consumer.${name}`)!({ payload });
  };
  return { events, emit, asked: asked!, run: run! };
}

function batch() {
  const said: string[] = [];
  const payload = {
    batch: {
      topic: 'in',
      partition: 0,
      messages: [{ offset: '4', timestamp: '0', key: null, value: null }],
      lastOffset: () => '5',
      highWatermark: '6',
    },
    resolveOffset: (offset: string) => said.push(`resolve ${offset}`),
    heartbeat: () => {
      said.push('heartbeat');
      return Promise.resolve();
    },
  } as unknown as EachBatchPayload;
  return { payload, said };
}

describe('what kafkajs is told', () => {
  it('resolves and commits nothing by itself', async () => {
    const { run } = await started();
    expect(run).toMatchObject({ autoCommit: false, eachBatchAutoResolve: false });
  });

  it('is what kafka-consumer-config.ts says', async () => {
    const { asked, run } = await started(50);
    expect(asked).toMatchObject({ groupId: 'g', maxWaitTimeInMs: 250, sessionTimeout: 9000 });
    expect(asked.partitionAssigners).toHaveLength(1);
    expect(run.partitionsConsumedConcurrently).toBe(50);
  });
});

describe('a batch', () => {
  it('is resolved when it is queued, not when there is room: that may be after a rebalance', async () => {
    const { run, events } = await started();
    const room = Promise.withResolvers<undefined>();
    events.onFetched = () => room.promise;
    const { payload, said } = batch();
    const handled = run.eachBatch!(payload);
    await Promise.resolve();
    expect(said).toEqual(['resolve 4']);
    room.resolve(undefined);
    await handled;
  });

  it('is followed by a heartbeat, which kafkajs does not send by itself', async () => {
    const { run } = await started();
    const { payload, said } = batch();
    await run.eachBatch!(payload);
    expect(said).toEqual(['resolve 4', 'heartbeat']);
  });
});

describe('a crash', () => {
  it('is told where kafkajs does not start again: the process would stay up and consume nothing', async () => {
    const { emit, events } = await started();
    emit('crash', { restart: false, error: new TypeError('a bug') });
    expect(events.crashes).toMatchObject([{ problems: [{ code: 'CONSUMER_CRASHED' }] }]);
  });

  it('is an outage where it does', async () => {
    const { emit, events } = await started();
    emit('group_join', { memberAssignment: { in: [0] } });
    emit('crash', { restart: true, error: new Error('no coordinator') });
    expect(events.crashes).toEqual([]);
    expect(events.interruptions).toMatchObject([{ problems: [{ code: 'BROKER_UNAVAILABLE' }] }]);
  });
});
