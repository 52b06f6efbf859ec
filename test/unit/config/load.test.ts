import type { ConsumerConfig, KafkaConfig, ProducerConfig } from 'kafkajs';
import { loadConfig } from '../../../src/config/load.ts';
import { LEAST, load, problemsOf } from './given.ts';

const withSasl = (sasl: string) =>
  LEAST.replace('[localhost:9092]', `[localhost:9092], sasl: ${sasl}`);
const withTls = (tls: string) => LEAST.replace('[localhost:9092]', `[localhost:9092], tls: ${tls}`);

describe('loading', () => {
  it('fills in every default', async () => {
    expect(await load(LEAST)).toEqual({
      name: 'stream-scorer',
      kafka: { brokers: ['localhost:9092'] },
      schemaRegistry: { url: 'http://localhost:8081', timeoutMs: 5000, unknownIdRetryMs: 30_000 },
      input: {
        topics: ['in'],
        groupId: 'stream-scorer',
        startFrom: 'earliest',
        outOfRange: 'stop',
        subject: { in: ['in-value'] },
        maxRecordBytes: 33_554_432,
        maxBatchBytes: 67_108_864,
      },
      output: {
        topic: 'out',
        carry: [],
        registerSchema: true,
        schemaName: 'Score',
        namespace: 'stream_scorer',
        partitioning: 'same',
        compression: 'none',
      },
      deadLetter: { topic: 'in-dead', includePayload: true, maxConsecutive: 100, maxRatio: 0.2 },
      delivery: 'at-least-once',
      batch: { maxSize: 1024, maxDelayMs: 5, maxInferMs: 50 },
      commit: { intervalMs: 100 },
      inference: { workers: 0, timeoutMs: 30_000, threads: 1, compileTrees: true },
      model: {
        dir: '/app/models/fraud',
        cacheDir: '/app/model-cache',
        keepCached: 10,
        sourceTimeoutMs: 5000,
        maxBundleBytes: 4_294_967_296,
        champion: 'latest',
        onFailure: 'dead-letter',
        watchMs: 2000,
        keepWarm: 1,
      },
      http: { host: '127.0.0.1', port: 8080, staleMs: 15_000 },
      log: { level: 'info' },
      kafkajs: { client: {}, consumer: {}, producer: {} },
    });
  });

  it('takes every key there is', async () => {
    const settings = await load(
      `
name: fraud
kafka:
  brokers: ["\${KAFKA_BROKERS:-localhost:9092}"]
  tls: { caFile: ca.pem, certFile: cert.pem, keyFile: key.pem }
  sasl: { mechanism: scram-sha-512, username: scorer, password: "\${file:/run/secrets/kafka}" }
schemaRegistry: { url: "https://registry", username: u, password: p, caFile: ca.pem, timeoutMs: 1 }
input: { topics: [a, b], groupId: g, startFrom: latest, subject: { a: events } }
output: { topic: o, carry: [id, merchant.country], registerSchema: false, partitioning: key, compression: gzip }
deadLetter: { topic: d, includePayload: false, maxConsecutive: 1, maxRatio: 1 }
delivery: exactly-once
batch: { maxSize: 1, maxDelayMs: 0 }
commit: { intervalMs: 0 }
inference: { workers: 2, threads: 3, compileTrees: false }
model: { dir: /m, champion: 2, challenger: "2", canary: { version: 3, percent: 5 }, watchMs: 0 }
decision: { policy: 2026-11, bands: [{ upTo: -0.5, decision: A }, { upTo: 0.7, decision: B }, { decision: C }] }
explain: { decisions: [B, C], top: 3 }
fairness: { by: [customer.ageBand], favourable: [A] }
http: { host: 0.0.0.0, port: 0, token: t }
log: { level: warn }
kafkajs: { client: { requestTimeout: 9 }, consumer: { rackId: r, maxWaitTimeInMs: 50 }, producer: { metadataMaxAge: 7 } }
`,
      { files: { '/run/secrets/kafka': 'secret\n' } },
    );
    expect(settings).toMatchObject({
      kafka: {
        tls: { caFile: '/app/ca.pem', certFile: '/app/cert.pem', keyFile: '/app/key.pem' },
        sasl: { mechanism: 'scram-sha-512', username: 'scorer', password: 'secret' },
      },
      schemaRegistry: { caFile: '/app/ca.pem', timeoutMs: 1 },
      input: { groupId: 'g', subject: { a: ['events'], b: ['b-value'] } },
      delivery: 'exactly-once',
      model: { dir: '/m', champion: '2', challenger: '2', canary: { version: '3', percent: 5 } },
      decision: { policy: '2026-11' },
      kafkajs: { client: { requestTimeout: 9 }, consumer: { rackId: 'r', maxWaitTimeInMs: 50 } },
    });
  });

  it('uses the name for the group and one subject for all topics', async () => {
    const settings = await load(`${LEAST.replace('[in]', '[in, too], subject: s')}\nname: fraud`);
    expect(settings.input).toMatchObject({ groupId: 'fraud', subject: { in: ['s'], too: ['s'] } });
  });

  it('treats keys and sections that are left empty as absent', async () => {
    const yaml = `${withTls('{ caFile: , certFile: , keyFile: }')}\ndeadLetter:\nhttp: { port: }\ndecision: { bands: }\nexplain:\n`;
    expect(await load(yaml)).toEqual(await load(LEAST));
  });

  it.each([
    ['{ mechanism: plain, username: u, password: p }'],
    ['{ mechanism: scram-sha-256, username: u, password: p }'],
    ['{ mechanism: oauthbearer, token: t }'],
    [
      '{ mechanism: oauthbearer, tokenEndpoint: "https://idp/token", clientId: c, clientSecret: s, scope: kafka }',
    ],
    [
      '{ mechanism: aws, authorizationIdentity: i, accessKeyId: a, secretAccessKey: k, sessionToken: t }',
    ],
  ])('takes sasl %s', async (sasl) => {
    expect(await problemsOf(withSasl(sasl))).toEqual([]);
  });

  it.each([
    [withSasl('{ mechanism: plain, username: u }'), 'kafka.sasl.password', 'is missing'],
    [
      withSasl('{ mechanism: PLAIN, username: u, password: p }'),
      'kafka.sasl.mechanism',
      'must be one of plain, ',
    ],
    [
      withSasl('{ mechanism: oauthbearer, token: t, clientId: c }'),
      'kafka.sasl',
      'needs either token, or ',
    ],
    [withSasl('{ mechanism: oauthbearer, clientId: c }'), 'kafka.sasl', 'needs either token, or '],
    [
      withSasl('{ mechanism: aws, accessKeyId: c, secretAccessKey: k }'),
      'kafka.sasl.authorizationIdentity',
      'is missing',
    ],
    [withTls('{}'), 'kafka.tls', 'is empty'],
    [withTls('{ certFile: a }'), 'kafka.tls', 'needs certFile and keyFile'],
    [withTls('7'), 'kafka.tls', 'must be true or false or a section'],
    [LEAST.replace('localhost:9092', '"kafka://a:1"'), 'kafka.brokers', 'must be host:port'],
    [LEAST.replace('localhost:9092', '""'), 'kafka.brokers', 'needs at least one broker'],
    [LEAST.replace('http://', 'http://u:p@'), 'schemaRegistry.url', 'must be an http://'],
    [
      LEAST.replace('http://localhost:8081', '"http://a,http://b"'),
      'schemaRegistry.url',
      'must be a single URL',
    ],
    [
      LEAST.replace('http://localhost:8081', 'http://a?b=c'),
      'schemaRegistry.url',
      'must be a single URL',
    ],
    [LEAST.replace('8081', '8081, username: u'), 'schemaRegistry', 'needs username and password'],
    [LEAST.replace('[in]', '[]'), 'input.topics', 'needs at least 1 entry'],
    [LEAST.replace('[in]', '[in, in]'), 'input.topics[1]', 'is in the list twice'],
    [LEAST.replace('[in]', '["a b"]'), 'input.topics[0]', 'must be a topic name'],
    [
      LEAST.replace('[in]', '[in], subject: { on: x }'),
      'input.subject.on',
      'is not one of input.topics',
    ],
    [LEAST.replace('topic: out', 'topic: in'), 'output.topic', 'is also an input topic'],
    [
      LEAST.replace('topic: out', 'topic: in-dead'),
      'output.topic',
      'is also the dead letter topic',
    ],
    [
      LEAST.replace('[in]', '[in, in-dead]'),
      'deadLetter.topic',
      'is in-dead, which is also an input topic',
    ],
    [`${LEAST}\ndeadLetter: { maxRatio: 0.5 }`, 'deadLetter.topic', 'is missing'],
    [`${LEAST}\ndeadLetter: { topic: d, maxRatio: 0 }`, 'deadLetter.maxRatio', 'must be above 0'],
    [`${LEAST}\nbatch: { maxSize: 0 }`, 'batch.maxSize', 'must be at least 1'],
    [`${LEAST}\nbatch: { maxSize: 1.5 }`, 'batch.maxSize', 'must be a whole number'],
    [`${LEAST}\nhttp: { port: 65536 }`, 'http.port', 'must be at most 65535'],
    [`${LEAST}\nhttp: { token: 123 }`, 'http.token', 'must be a string, not a number'],
    [`${LEAST}\ndecision: { policy: p }`, 'decision.bands', 'is missing'],
    [`${LEAST}\ndecision: { bands: [] }`, 'decision.bands', 'needs at least 1 entry'],
    [
      `${LEAST}\ndecision: { bands: [{ decision: "" }] }`,
      'decision.bands[0].decision',
      'must not be empty',
    ],
    [
      `${LEAST}\ndecision: { bands: [{ decision: A }, { decision: B }] }`,
      'decision.bands[0]',
      'needs upTo',
    ],
    [
      `${LEAST}\ndecision: { bands: [{ downTo: 1, decision: A }, { downTo: 1, decision: B }, { decision: C }] }`,
      'decision.bands[1].downTo',
      'must be below the downTo',
    ],
    [
      `${LEAST}\ndecision: { bands: [{ downTo: 1, decision: A }, { upTo: 0, decision: B }, { decision: C }] }`,
      'decision.bands[1].upTo',
      'must not be set: the bands use downTo',
    ],
    [
      `${LEAST}\ndecision: { bands: [{ upTo: 1, decision: A }] }`,
      'decision.bands[0].upTo',
      'must not be set',
    ],
    [
      `${LEAST}\ndecision: { bands: [{ upTo: 1, decision: A }, { upTo: 1, decision: B }, { decision: C }] }`,
      'decision.bands[1].upTo',
      'must be above the upTo',
    ],
    [
      `${LEAST}\ndecision: { bands: [{ decision: A }] }\nexplain: { decisions: [B] }`,
      'explain.decisions[0]',
      'is not one of the decisions',
    ],
    [
      `${LEAST}\nfairness: { by: [a], favourable: [B] }`,
      'fairness',
      'needs the section decision, which is missing',
    ],
    [
      `${LEAST}\nkafkajs: { consumer: { sessionTimeout: 500 } }`,
      'kafkajs.consumer',
      'needs a heartbeatInterval',
    ],
  ])('refuses %s', async (yaml, path, what) => {
    const problems = await problemsOf(yaml);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.code).toBe('CONFIG_INVALID');
    expect(problems[0]!.where!.split(' ')[1]).toBe(path);
    expect(problems[0]!.what).toContain(what);
  });

  it('resolves the file and paths against the working directory it is given', async () => {
    const { settings, file } = await loadConfig({
      file: 'config/scorer.yaml',
      env: {},
      cwd: process.cwd(),
    });
    expect(file).toBe('config/scorer.yaml');
    expect(settings.model.dir).toBe(`${process.cwd()}/models/fraud`);
    expect(settings.kafka.brokers).toEqual(['localhost:9092']);
  });

  it('passes settings on under the names and types of kafkajs', async () => {
    const { kafkajs } = await load(LEAST, {
      sets: ['kafkajs.client.requestTimeout=1', 'kafkajs.consumer.minBytes=2'],
    });
    const client: KafkaConfig = { ...kafkajs.client, brokers: [] };
    const consumer: ConsumerConfig = { ...kafkajs.consumer, groupId: 'g' };
    const producer: ProducerConfig = { ...kafkajs.producer };
    expect([client, consumer, producer]).toEqual([
      { requestTimeout: 1, brokers: [] },
      { minBytes: 2, groupId: 'g' },
      {},
    ]);
  });
});
