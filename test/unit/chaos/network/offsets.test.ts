import { createRequire } from 'node:module';
import { CommitSteps, commitOf } from '../../../../chaos/network/commits.ts';
import { listOffsets, readOffsets } from '../../../../chaos/network/stable-offsets.ts';

const require = createRequire(import.meta.url);

const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
const long = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};

describe('what the brokers keep of commits', () => {
  const key = Buffer.concat([
    Buffer.from([0, 1]),
    text('group'),
    text('topic'),
    Buffer.from([0, 0, 0, 3]),
  ]);
  const value = Buffer.concat([Buffer.from([0, 3]), long(5_000_000_000), Buffer.alloc(20)]);

  it('is read', () => {
    expect(commitOf(key, value)).toEqual({
      group: 'group',
      topic: 'topic',
      partition: 3,
      offset: 5_000_000_000,
    });
  });

  it('is passed over where it is about a group’s members', () => {
    expect(commitOf(Buffer.concat([Buffer.from([0, 2]), text('group')]), value)).toBeUndefined();
  });

  it('counts what went back, in its own partition', () => {
    const steps = new CommitSteps();
    const commit = (partition: number, offset: number): void => {
      steps.see({ group: 'g', topic: 't', partition, offset });
    };
    for (const [partition, offset] of [
      [0, 5],
      [1, 2],
      [0, 5],
      [0, 3],
      [0, 9],
      [1, 1],
      [1, 4],
    ] as const)
      commit(partition, offset);
    expect(steps.steps).toEqual({ commits: 7, back: 2, furthest: 2 });
  });
});

describe('the request for offsets', () => {
  it('is the one that kafkajs would write, and its answer is read', async () => {
    const make = require('kafkajs/src/protocol/requests/listOffsets/v2/request') as (
      of: unknown,
    ) => {
      encode: () => Promise<{ buffer: Buffer }>;
    };
    const topics = [
      { topic: 'a', partitions: [{ partition: 1 }] },
      { topic: 'b', partitions: [{ partition: 0 }] },
    ];
    const theirs = await make({ replicaId: -1, isolationLevel: 1, topics }).encode();
    const places = [
      { topic: 'a', partition: 1 },
      { topic: 'b', partition: 0 },
    ];
    expect(listOffsets(1, places)).toEqual(theirs.buffer);
    const partition = (error: number, offset: number): Buffer =>
      Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from([0, error]), long(-1), long(offset)]);
    const body = (error: number): Buffer =>
      Buffer.concat([
        Buffer.alloc(4),
        Buffer.from([0, 0, 0, 1]),
        text('a'),
        Buffer.from([0, 0, 0, 1]),
        partition(error, 77),
      ]);
    expect([...readOffsets(body(0))]).toEqual([['a-1', 77]]);
    expect(() => readOffsets(body(6))).toThrow('error 6');
  });
});
