import kafkajs, {
  type Kafka,
  type ProducerConfig,
  type ProducerRecord,
  type RecordMetadata,
} from 'kafkajs';
import { ScorerError } from '../../../src/errors.ts';
import type { OutputRecord } from '../../../src/flow/record.ts';
import { destinationError, KafkaSink, startKafkaSink } from '../../../src/produce/kafka-sink.ts';
import { knownPartitions } from '../../../src/kafkajs/send/kafka-known-partitions.ts';
import { SendLimits } from '../../../src/produce/send-limits.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const TO = { topic: 'out', partition: 1 };

/** An error as the broker gives it. */
const brokerError = (type: string): Error =>
  Object.assign(new Error(`the broker says ${type}`), { type });

/** A broker behind the sink that takes batches of up to `limit` bytes. */
function sinkOn({
  limit = Infinity,
  answer = (): RecordMetadata[] | undefined => undefined,
  sendLimits = new SendLimits(),
} = {}) {
  const sends: ProducerRecord[] = [];
  const written: number[] = [];
  const sizes = ({ messages }: ProducerRecord): number[] =>
    messages.map(({ value }) => (value as Buffer).length);
  const producer = {
    send: async (record: ProducerRecord): Promise<RecordMetadata[]> => {
      sends.push(record);
      const total = sizes(record).reduce((sum, size) => sum + size, 0);
      if (total > limit) throw brokerError('MESSAGE_TOO_LARGE');
      written.push(...sizes(record));
      return answer() ?? [{ topicName: 'out', partition: 1, errorCode: 0 }];
    },
  };
  const sink = new KafkaSink(
    producer,
    kafkajs.CompressionTypes.None,
    () => Promise.resolve(4),
    sendLimits,
  );
  return { sink, sends, written, counts: () => sends.map(({ messages }) => messages.length) };
}

const sized = (...sizes: number[]): OutputRecord[] =>
  sizes.map((size) => ({ key: null, value: Buffer.alloc(size) }));

describe('the producer of KafkaSink', () => {
  // Without `retries` of its own, a producer with `retry` would fall back to another number;
  // outages are waited out here.
  it('says for itself how often it tries again, whatever is configured', async () => {
    let asked: ProducerConfig | undefined;
    const connected = { connect: () => Promise.resolve(), disconnect: () => Promise.resolve() };
    const kafka = {
      producer: (config: ProducerConfig) => {
        asked = config;
        return connected;
      },
      admin: () => connected,
    } as unknown as Kafka;
    const overrides = { retry: { retries: 100, maxRetryTime: 77 } };
    await startKafkaSink({ kafka, compression: kafkajs.CompressionTypes.None, overrides });
    expect(asked).toMatchObject({
      allowAutoTopicCreation: false,
      retry: { retries: 3, maxRetryTime: 77 },
    });
  });
});

describe('a send of KafkaSink', () => {
  // kafkajs groups the messages of a send in quadratic time (facts: 8,000 at once run at a fifth of
  // the speed of 500).
  it('holds at most 500 records', async () => {
    const { sink, counts } = sinkOn();
    await sink.write(TO, sized(...new Array<number>(1201).fill(10)));
    expect(counts()).toEqual([500, 500, 201]);
  });

  it('stays below what a broker takes by default', async () => {
    const { sink, sends, written } = sinkOn();
    const sizes = [300_000, 300_000, 300_000, 900_000, 10];
    await sink.write(TO, sized(...sizes));
    expect(written).toEqual(sizes);
    expect(sends.map(({ messages }) => messages.length)).toEqual([2, 1, 1, 1]);
  });

  // kafkajs can resolve a send that spans partitions without having written one of them.
  it('goes to one partition, set on every record, acknowledged by all in-sync replicas', async () => {
    const { sink, sends } = sinkOn();
    await sink.write(TO, sized(1, 2, 3));
    expect(sends).toMatchObject([
      { topic: 'out', acks: -1, messages: [{ partition: 1 }, { partition: 1 }, { partition: 1 }] },
    ]);
  });

  it('carries key, value and headers as they are', async () => {
    const { sink, sends } = sinkOn();
    const record = {
      key: Buffer.of(1),
      value: Buffer.of(2),
      headers: { a: [Buffer.of(3), Buffer.of(4)] },
    };
    await sink.write(TO, [record]);
    expect(sends[0]!.messages).toMatchObject([record]);
  });

  it.each<[string, RecordMetadata[]]>([
    ['no partition answers', []],
    ['another partition answers', [{ topicName: 'out', partition: 0, errorCode: 0 }]],
    ['another topic answers', [{ topicName: 'dead', partition: 1, errorCode: 0 }]],
    ['the partition answers with an error', [{ topicName: 'out', partition: 1, errorCode: 6 }]],
  ])('that resolves is not acknowledged where %s', async (_what, metadata) => {
    const { sink } = sinkOn({ answer: () => metadata });
    const { code, fate } = await scorerErrorOf(() => sink.write(TO, sized(1)));
    expect([code, fate]).toEqual(['DESTINATION_UNAVAILABLE', 'retry']);
  });
});

describe('records that the broker finds too large', () => {
  it('are found alone; all others are written, in order', async () => {
    const { sink, written } = sinkOn({ limit: 1000 });
    const sizes = [200, 300, 1500, 100, 999, 4000, 1000];
    const refused = await sink.write(TO, sized(...sizes));
    expect(refused.map(({ index }) => index)).toEqual([2, 5]);
    expect(refused[0]!.reason).toContain('MESSAGE_TOO_LARGE');
    expect(written).toEqual([200, 300, 100, 999, 1000]);
  });

  it('teach the sink how much the topic takes, so that the next writes need no halving', async () => {
    const { sink, sends, counts } = sinkOn({ limit: 50_000 });
    await sink.write(TO, sized(...new Array<number>(400).fill(1000)));
    sends.length = 0;
    await sink.write(TO, sized(...new Array<number>(400).fill(1000)));
    expect(Math.max(...counts())).toBeLessThanOrEqual(50);
    expect(counts().reduce((sum, count) => sum + count, 0)).toBe(400);
  });

  it('teach it to a sink of a later transaction, too', async () => {
    const sendLimits = new SendLimits();
    await sinkOn({ limit: 50_000, sendLimits }).sink.write(
      TO,
      sized(...new Array<number>(400).fill(1000)),
    );
    const { sink, counts } = sinkOn({ limit: 50_000, sendLimits });
    await sink.write(TO, sized(...new Array<number>(400).fill(1000)));
    expect(Math.max(...counts())).toBeLessThanOrEqual(50);
  });

  it('do not make later sends much smaller than what fits', async () => {
    const { sink, sends, counts } = sinkOn({ limit: 50_000 });
    await sink.write(
      TO,
      sized(...new Array<number>(200).fill(1000), 60_000, ...new Array<number>(200).fill(1000)),
    );
    sends.length = 0;
    await sink.write(TO, sized(...new Array<number>(400).fill(1000)));
    expect(counts().length).toBeLessThanOrEqual(20);
  });
});

describe('a broker that cuts the connection', () => {
  const closed = (): Error =>
    new Error('gave up', {
      cause: Object.assign(new Error('Closed connection'), {
        name: 'KafkaJSConnectionClosedError',
      }),
    });

  function cutting(
    limits: SendLimits,
    partitions: () => Promise<number> = () => Promise.resolve(4),
  ) {
    const written: number[] = [];
    const producer = {
      send: ({ messages }: ProducerRecord): Promise<RecordMetadata[]> => {
        const sizes = messages.map(({ value }) => (value as Buffer).length);
        if (Math.max(...sizes) > 2_000_000) return Promise.reject(closed());
        written.push(...sizes);
        return Promise.resolve([{ topicName: 'out', partition: 1, errorCode: 0 }]);
      },
    };
    return {
      sink: new KafkaSink(producer, kafkajs.CompressionTypes.None, partitions, limits),
      written,
    };
  }

  const records = sized(1, 3_000_000, 2);

  it('at a large record refuses it, where the cluster answers, whatever sink meets it', async () => {
    const limits = new SendLimits();
    for (let i = 0; i < 2; i++) {
      expect((await scorerErrorOf(() => cutting(limits).sink.write(TO, records))).fate).toBe(
        'retry',
      );
    }
    const { sink, written } = cutting(limits);
    expect(await sink.write(TO, records)).toMatchObject([{ index: 1 }]);
    expect(written).toEqual([1, 2]);
  });

  it('refuses nothing while the cluster does not answer, and no small record ever', async () => {
    const limits = new SendLimits();
    const away = (): Promise<number> => Promise.reject(new Error('away'));
    const cutSmall = new KafkaSink(
      { send: () => Promise.reject(closed()) },
      kafkajs.CompressionTypes.None,
      () => Promise.resolve(4),
      limits,
    );
    for (let i = 0; i < 5; i++) {
      expect((await scorerErrorOf(() => cutting(limits, away).sink.write(TO, records))).fate).toBe(
        'retry',
      );
      expect((await scorerErrorOf(() => cutSmall.write(TO, sized(5000)))).fate).toBe('retry');
    }
  });
});

describe('a partition that the output does not have', () => {
  it('is named as that, and not as an outage', async () => {
    const producer = { send: () => Promise.reject(new Error('partition 1 of out is not known')) };
    const sink = new KafkaSink(producer, kafkajs.CompressionTypes.None, () => Promise.resolve(1));
    const { code, fate, problems } = await scorerErrorOf(() => sink.write(TO, sized(1)));
    expect([code, fate]).toEqual(['OUTPUT_PARTITIONS', 'retry']);
    expect(problems[0]!.what).toContain('out has 1 partition');
  });

  // kafkajs would leave the records out, and look at the cluster anew after five minutes.
  it('is no partition to send to until the client has looked anew', () => {
    const partition = knownPartitions();
    const of = (known: number) => ({
      topic: 'out',
      partitionMetadata: Array.from({ length: known }, (_, partitionId) => ({
        partitionId,
        leader: 0,
      })) as never,
      message: { partition: 1, value: null },
    });
    expect(() => partition(of(1))).toThrow('is not known');
    expect(partition(of(2))).toBe(1);
  });
});

describe('errors of the client', () => {
  it.each<[string, unknown, string, string]>([
    ['an outage', new Error('connection refused'), 'DESTINATION_UNAVAILABLE', 'retry'],
    ['too few replicas', brokerError('NOT_ENOUGH_REPLICAS'), 'DESTINATION_UNAVAILABLE', 'retry'],
    [
      'a topic that is not there',
      brokerError('UNKNOWN_TOPIC_OR_PARTITION'),
      'DESTINATION_UNAVAILABLE',
      'retry',
    ],
    ['a denial', brokerError('TOPIC_AUTHORIZATION_FAILED'), 'KAFKA_DENIED', 'exit'],
    [
      'a denial behind the client’s retries',
      new Error('gave up', { cause: brokerError('CLUSTER_AUTHORIZATION_FAILED') }),
      'KAFKA_DENIED',
      'exit',
    ],
    ['one of ours', new ScorerError({ code: 'INTERNAL', what: 'a bug' }), 'INTERNAL', 'exit'],
  ])('%s', (_what, error, code, fate) => {
    expect(destinationError(error, 'out')).toMatchObject({ code, fate });
  });

  it('do not refuse a record for an outage', async () => {
    const producer = { send: () => Promise.reject(brokerError('REQUEST_TIMED_OUT')) };
    const sink = new KafkaSink(producer, kafkajs.CompressionTypes.None, () => Promise.resolve(4));
    const { code, problems } = await scorerErrorOf(() => sink.write(TO, sized(1, 2)));
    expect([code, problems[0]!.where]).toEqual(['DESTINATION_UNAVAILABLE', 'out']);
  });
});
