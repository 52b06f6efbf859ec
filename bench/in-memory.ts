// What benches of the pipeline without Kafka have in common.
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { loadConfig } from '../src/config/load.ts';
import type { Settings } from '../src/config/settings.ts';
import { allWarmTransactions } from '../src/demo/warm-transactions.ts';
import type { Batch } from '../src/flow/batch.ts';
import { RecordView } from '../src/flow/record-view.ts';
import { BANDS } from './bands.ts';
import { eventEncoder } from './encode-event.ts';
import { quantile } from './statistics.ts';

export const TOPIC = 'bench';
export const SCHEMA_ID = 1;
export const MODELS = resolve(import.meta.dirname, '..', 'models', 'fraud');
const DIFFERENT_EVENTS = 20_000;

/** The settings of a scorer of these versions; `sets`: `path=value`. */
export async function settingsFor(
  folder: string,
  modelDir: string,
  sets: readonly string[],
): Promise<Settings> {
  const configuration = {
    name: 'bench',
    kafka: { brokers: ['localhost:9092'] },
    schemaRegistry: { url: 'http://localhost:8081' },
    input: { topics: [TOPIC], groupId: 'bench' },
    output: { topic: 'bench-scores', carry: ['transactionId', 'customerId'] },
    deadLetter: { topic: 'bench-dead' },
    model: { dir: modelDir, champion: '1' },
    decision: BANDS,
  };
  const file = join(folder, 'scorer.yaml');
  await writeFile(file, stringify(configuration));
  return (await loadConfig({ file, sets, env: {}, cwd: folder })).settings;
}

/** Groups of batches that are scored at the same time: one of each partition. */
export function groupsOfBatches(size: {
  readonly groups: number;
  readonly partitions: number;
  readonly rows: number;
}): Batch[][] {
  const pool = allWarmTransactions(DIFFERENT_EVENTS).map(({ event }) => event);
  const encode = eventEncoder(SCHEMA_ID);
  const time = Date.now();
  let made = 0;
  const next = (): Buffer => {
    const event = pool[made % pool.length]!;
    made++;
    return encode({ ...event, transactionId: `bench-${String(made).padStart(9, '0')}` });
  };
  return Array.from({ length: size.groups }, (_, batch) =>
    Array.from({ length: size.partitions }, (_, partition): Batch => {
      const values = Array.from({ length: size.rows }, next);
      const block = Buffer.concat(values); // as it was fetched
      let end = 0;
      const records = values.map(({ length }, row) => {
        const start = end;
        end += length;
        return new RecordView(batch * size.rows + row, time, undefined, block, -1, -1, start, end);
      });
      return { topic: TOPIC, partition, records, closedBy: 'size' };
    }),
  );
}

/** The median, and in brackets the middle half: a few moments have a garbage collection, or a neighbour. */
export function middle(values: readonly number[]): string {
  const sorted = Float64Array.from(values).sort();
  const [low, mid, high] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share).toFixed(2));
  return `${mid} (${low} to ${high})`;
}
