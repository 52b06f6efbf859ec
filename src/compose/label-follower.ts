import type { Settings } from '../config/settings.ts';
import type { RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Batch } from '../flow/batch.ts';
import { timeOf } from '../flow/record.ts';
import type { IdHash } from '../monitor/id-hash.ts';
import { nextTurn } from '../runtime/next-turn.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { followTopic, type ApplyRecords } from './follow-topic.ts';
import type { LabelJoin } from './label-join.ts';
import { createLabelReader } from './label-reader.ts';
import { latestSchema } from './latest-schema.ts';
import type { Reports } from './reports.ts';

/** What was done with a value. */
export type LabelAnswer = 'added' | 'empty' | 'invalid';

export interface LabelFollowerOptions {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId' | 'latest'>;
  readonly reader: RangeReader;
  readonly topic: string;
  readonly join: LabelJoin;
  /** The key of the configuration, for messages. */
  readonly where: 'labels' | 'labels.overrides';
  readonly hash: IdHash;
  /** A value for the id that `hash` has now. */
  readonly add: (value: unknown, time: number) => LabelAnswer;
  readonly onEmpty: (count: number) => void;
  readonly onInvalid: (count: number) => void;
  readonly onTrouble: (why: string | undefined) => void;
  readonly logger: Pick<Reports['logger'], 'warn' | 'info'>;
  readonly from: number;
  readonly signal: AbortSignal;
}

/** Follows a topic with labels. A record that is no label is counted and named in the log. */
export function followLabels(options: LabelFollowerOptions): Promise<void> {
  const { topic, reader, where, signal, from, onTrouble, logger } = options;
  return followTopic({
    topic,
    from,
    reader,
    signal,
    open: () => openLabels(options),
    onTrouble: (why) => {
      onTrouble(why);
      if (why === undefined) logger.info({ topic }, `${where}: the topic can be read again`);
      else logger.warn({ topic }, `${where}: ${why}; scoring continues`);
    },
  });
}

/** Reads the labels of a time up to the end of now. */
export async function replayLabels(
  options: Omit<LabelFollowerOptions, 'onTrouble'>,
): Promise<void> {
  const { reader, topic, from, signal } = options;
  const apply = await openLabels(options);
  for await (const { partition, records } of reader.read({ topic, from: { time: from }, signal })) {
    const batch: Batch = { topic, partition, records, closedBy: 'end' };
    await untilAvailable(() => apply(batch), { signal });
    await nextTurn();
  }
}

/** What a topic of labels is read by. */
export type LabelTopic = Omit<
  LabelFollowerOptions,
  'reader' | 'onTrouble' | 'from' | 'signal' | 'logger'
> & {
  readonly logger: Pick<Reports['logger'], 'warn'>;
  /** For records without a time. Default: the clock. */
  readonly now?: () => number;
};

/** Throws SUBJECT_NOT_FOUND if the registry does not know the labels. */
export async function openLabels(options: LabelTopic): Promise<ApplyRecords> {
  const { now = Date.now } = options;
  const { settings, registry, topic, join, where, hash, add, onEmpty, onInvalid, logger } = options;
  const reader = await latestSchema(registry, topic, `${where}.topic`);
  const value = where === 'labels' ? 'labels.label' : 'labels.overrides.decision';
  const read = createLabelReader({
    id: join.label,
    value: join.value,
    where: { id: `${where}.id`, value },
    settings,
    registry,
    topic,
    reader,
  });
  return async function applyLabels(batch) {
    const rows = await read(batch);
    let [empty, invalid] = [0, rows.rejects.length];
    let first = rows.rejects[0]?.row;
    for (const [row, record] of batch.records.entries()) {
      if (!rows.isAlive(row)) continue;
      const what = hashOf(hash, rows.id(row))
        ? add(rows.value(row), timeOf(record) ?? now())
        : 'invalid';
      if (what === 'empty') empty++;
      else if (what === 'invalid') {
        invalid++;
        first ??= row;
      }
    }
    empty += batch.records.filter(({ value: bytes }) => bytes === null).length;
    if (empty > 0) onEmpty(empty);
    if (invalid === 0) return;
    onInvalid(invalid);
    const { offset } = batch.records[first!]!;
    const place = `${topic}-${batch.partition}, offset ${offset}`;
    logger.warn(
      { where: place, count: invalid },
      `records of the topic of ${where} are not understood and do not count`,
    );
  };
}

function hashOf(hash: IdHash, id: Buffer | string | null | undefined): boolean {
  if (id === null || id === undefined || id.length === 0) return false;
  if (typeof id === 'string') hash.ofText(id);
  else hash.ofBytes(id, 0, id.length);
  return true;
}
