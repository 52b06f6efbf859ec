import { configWarnings } from '../../../src/config/warnings.ts';

const of = (workers: number, threads: number, processes: number, cores: number) =>
  configWarnings({ inference: { workers, threads } }, processes, cores);

describe('threads that compete for cores', () => {
  it.each([
    [0, 1, 1, 1],
    [4, 1, 1, 4],
    [2, 2, 1, 4],
    [0, 1, 8, 8],
  ])('%i workers with %i threads in %i processes on %i cores are in order', (...given) => {
    expect(of(...given)).toEqual([]);
  });

  it.each([
    [4, 1, 1, 2, 'inference.workers', '4 worker processes compete for 2 cores'],
    [0, 4, 1, 2, 'inference.threads', '4 threads of ONNX Runtime compete for 2 cores'],
    [0, 1, 4, 2, '--processes', '4 processes compete for 2 cores'],
    [
      2,
      2,
      2,
      4,
      'inference.workers',
      '2 processes with 2 worker processes with 2 threads of ONNX Runtime compete for 4 cores',
    ],
  ])(
    '%i workers with %i threads in %i processes on %i cores',
    (workers, threads, processes, cores, path, what) => {
      expect(of(workers, threads, processes, cores)).toEqual([{ path, what }]);
    },
  );
});

describe('credentials on the way', () => {
  const inference = { workers: 0, threads: 1 };
  const plain = { mechanism: 'plain', username: 'u', password: 'p' } as const;
  const paths = (settings: object): string[] =>
    configWarnings({ inference, ...settings }, 1, 1).map(({ path }) => path);

  it.each([
    [
      'SASL without TLS',
      { kafka: { brokers: ['localhost:1', 'b:1'], sasl: plain } },
      ['kafka.sasl'],
    ],
    ['SASL with TLS', { kafka: { brokers: ['b:1'], sasl: plain, tls: true } }, []],
    [
      'a source of models over http',
      {
        model: { source: 'models:/x', registryUri: 'http://mlflow:1', credentials: { token: 't' } },
      },
      ['model.registryUri'],
    ],
    [
      'an archive over http',
      { model: { source: 'http://h/{version}.zip', credentials: { token: 't' } } },
      ['model.source'],
    ],
    [
      'a source of models over https',
      { model: { source: 'https://h/x.zip', credentials: { token: 't' } } },
      [],
    ],
    ['a source of models without credentials', { model: { source: 'http://h/x.zip' } }, []],
    ['no SASL', { kafka: { brokers: ['b:1'] } }, []],
    [
      'SASL within this machine',
      { kafka: { brokers: ['localhost:1', '127.0.0.1:2', '[::1]:3'], sasl: plain } },
      [],
    ],
    [
      'a host that only begins like this machine',
      { kafka: { brokers: ['localhost.example:1'], sasl: plain } },
      ['kafka.sasl'],
    ],
    [
      'a token endpoint',
      {
        kafka: {
          brokers: ['b:1'],
          tls: true,
          sasl: { mechanism: 'oauthbearer', tokenEndpoint: 'http://idp/token' },
        },
      },
      ['kafka.sasl.tokenEndpoint'],
    ],
    [
      'a password of the registry',
      { schemaRegistry: { url: 'http://registry:8081', password: 'p' } },
      ['schemaRegistry.url'],
    ],
    ['a password over https', { schemaRegistry: { url: 'https://registry', password: 'p' } }, []],
    ['a registry without password', { schemaRegistry: { url: 'http://registry:8081' } }, []],
    [
      'a registry within this machine',
      { schemaRegistry: { url: 'http://127.0.0.1:8081', password: 'p' } },
      [],
    ],
  ])('%s', (_what, settings, expected) => {
    expect(paths(settings)).toEqual(expected);
  });
});

describe('what happens without a score', () => {
  const decision = { bands: [{ decision: 'A' }] };
  it.each([
    ['a worker can be ended', { workers: 1, onFailure: 'wait' }, []],
    ['the event loop cannot', { workers: 0, onFailure: 'wait' }, ['model.onFailure']],
    ['a dead letter needs no worker', { workers: 0, onFailure: 'dead-letter' }, []],
    ['a decision of the policy', { workers: 1, onFailure: { decision: 'A' } }, []],
    ['another one', { workers: 1, onFailure: { decision: 'B' } }, ['model.onFailure.decision']],
  ])('%s', (_what, { workers, onFailure }, paths) => {
    const settings = { inference: { workers, threads: 1 }, model: { onFailure }, decision };
    const warnings = configWarnings(settings as never, 1, 1);
    expect(warnings.map(({ path }) => path)).toEqual(paths);
  });
});
