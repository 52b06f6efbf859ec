import { reportProfile, whereTimeWent, type CpuProfile } from '../../../bench/profile.ts';

const node = (id: number, url: string, children: number[] = [], functionName = 'f') => ({
  id,
  callFrame: { functionName, url },
  children,
});

const PROFILE: CpuProfile = {
  nodes: [
    node(1, '', [2, 6, 7], '(root)'),
    node(2, 'file:///p/dist/consume/partition-processor.js', [3]),
    node(3, 'file:///p/node_modules/onnxruntime-node/dist/backend.js', [4]),
    node(4, 'node:buffer', [5]),
    node(5, 'file:///p/node_modules/@node-rs/crc32/index.js'),
    node(6, '', [], '(garbage collector)'),
    node(7, 'node:internal/loader', [8]),
    node(8, 'file:///p/dist/kafkajs/send/record-batch.js'),
  ],
  samples: [2, 3, 4, 5, 6, 7, 8],
  timeDeltas: [1e6, 2e6, 3e6, 4e6, 5e6, 6e6, 7e6],
};

describe('a CPU profile', () => {
  it('gives a sample to the nearest room or package that asked for it', () => {
    expect(Object.fromEntries(whereTimeWent(PROFILE))).toEqual({
      consume: 1,
      'onnxruntime-node': 5, // with what it copies
      '@node-rs/crc32': 4,
      'garbage collector': 5,
      'start-up and the runtime': 6,
      'kafkajs/send': 7,
    });
  });

  it('is a table of microseconds an event, the smallest shares taken together', () => {
    const text = reportProfile({
      events: 1e6,
      seconds: [
        ['infer', 990],
        ['a', 4],
        ['b', 6],
      ],
    });
    expect(text).toContain('| infer | 990.00 | 99.0 % |');
    expect(text).toContain('| b | 6.00 | 0.6 % |');
    expect(text).toContain('| everything else | 4.00 | 0.4 % |');
  });
});
