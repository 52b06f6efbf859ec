import { DEFAULT_LIMITS } from '../../src/kafkajs/fetch/fetch-limits.ts';
import { readRecordBatches } from '../../src/kafkajs/fetch/record-batches.ts';
import { encodeRecordBatch } from '../../src/kafkajs/send/record-batch.ts';
import type { OutputRecord } from '../../src/flow/record.ts';
import { CONFIG } from './linear-config.ts';
import { SCHEMAS } from './linear-schemas.ts';
import { VALUES } from './linear-values.ts';
import { many } from './many.ts';

/** Makes an input of a size, and answers the work on it. Making it does not count. */
export type Input = (size: number) => Promise<() => unknown> | (() => unknown);

const batchOf = (records: readonly OutputRecord[]): Promise<Buffer> =>
  encodeRecordBatch(records, {
    timestamp: 5,
    producerId: -1n,
    producerEpoch: -1,
    firstSequence: -1,
    transactional: false,
    codec: 0,
    compress: () => Promise.reject(new Error('nothing is compressed')),
  });

const reading = (bytes: Buffer) => () =>
  readRecordBatches(bytes, {
    decompress: () => Promise.reject(new Error('nothing is compressed')),
    limits: DEFAULT_LIMITS,
    from: 0,
  });

const small: OutputRecord = { key: null, value: Buffer.alloc(3) };

const headers = async (size: number, names: number): Promise<() => unknown> => {
  const values = many(size / names, () => Buffer.of(1));
  return reading(
    await batchOf([
      { ...small, headers: Object.fromEntries(many(names, (i) => [`h${i}`, values])) },
    ]),
  );
};

/** Everything that comes from outside, in as many ways as it can be large. */
export const INPUTS: Readonly<Record<string, Input>> = {
  'headers of one name in a record': (size) => headers(size, 1),
  'headers of different names in a record': (size) => headers(size, size),
  'headers of two names in a record': (size) => headers(size, 2),
  'records in a batch': async (size) => reading(await batchOf(many(size, () => small))),
  'batches in a fetch': async (size) => {
    const batches = await Promise.all(many(size, () => batchOf([small])));
    for (const [i, batch] of batches.entries()) batch.writeBigInt64BE(BigInt(i), 0);
    return reading(Buffer.concat(batches));
  },
  ...named('decoder', VALUES),
  ...named('schema compiler', SCHEMAS),
  ...named('configuration', CONFIG),
};

function named(room: string, inputs: Readonly<Record<string, Input>>): Record<string, Input> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [`${name} (${room})`, input]),
  );
}
