import type { ScoreFields } from '../audit/checks.ts';
import { describePlace, type Place } from '../audit/place.ts';
import type { Settings } from '../config/settings.ts';
import type { Range, RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { timeOf, type InputRecord } from '../flow/record.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { scoreObject } from './carried-json.ts';
import { CLOCKS_MS } from './recorded-scores.ts';
import { noScore, openScoreReading } from './score-reading.ts';
import { WIRE_PREFIX_BYTES } from '../flow/wire-prefix.ts';

/** What the search for records needs. */
export interface AuditKafka {
  readonly settings: Settings;
  readonly reader: RangeReader;
  readonly registry: SchemaRegistry;
  readonly signal: AbortSignal;
}

/** A score record as it was written. */
export interface FoundScore extends ScoreFields {
  readonly place: Place;
  readonly source: Place;
  readonly scoredAt: number;
}

/**
 * Copies of a score are written when a batch is scored again after a crash or a rebalance, so they
 * are not much later than the first one.
 */
export const COPIES_MS = 15 * 60_000;

/**
 * The record at a place. Throws INPUT_INVALID if the topic does not have the offset, or has no record
 * there.
 */
export async function recordAt(
  { topic, partition, offset }: Place,
  { reader, signal }: Pick<AuditKafka, 'reader' | 'signal'>,
): Promise<InputRecord> {
  const place = describePlace({ topic, partition, offset });
  try {
    const range = {
      from: { offset: () => offset },
      to: { offset: () => offset + 1 },
      partitions: [partition],
    };
    for await (const { records } of reader.read({ topic, ...range, signal })) {
      const [record] = records;
      if (record !== undefined) return record;
    }
  } catch (error) {
    if (!(error instanceof ScorerError) || error.code !== 'OFFSET_OUT_OF_RANGE') throw error;
    const what = `the record is not in the topic: ${error.problems[0]!.what}`;
    const remedy =
      'Retention has deleted an offset that is too low, and an offset that is too high is not written yet.';
    throw new ScorerError({ code: 'INPUT_INVALID', what, where: place, remedy });
  }
  throw new ScorerError({
    code: 'INPUT_INVALID',
    what: 'there is no record at this offset: it was compacted away, belongs to an aborted transaction, or is the marker of a transaction',
    where: place,
    remedy: 'Choose the offset of a record.',
  });
}

/** Reads score records as a whole, each by the schema that it was written with. */
export function scoreRecordReader(
  registry: Pick<SchemaRegistry, 'byId'>,
): (place: Place, value: Buffer | null) => Promise<FoundScore> {
  const objects = new Map<SchemaNode, ReturnType<typeof scoreObject>>();
  return async (place, value) => {
    const { topic, partition, offset } = place;
    const wrong = (): ScorerError => noScore(topic, partition, offset);
    if (value === null || value.length < WIRE_PREFIX_BYTES + 8 || value[0] !== 0) throw wrong();
    const node = await registry.byId(value.readUInt32BE(1));
    if (node.kind !== 'record' || node.fields[0]?.name !== 'score') throw wrong();
    let read = objects.get(node);
    if (read === undefined) objects.set(node, (read = scoreObject(node.schema() as object)));
    const fields = read(value);
    const source = fields['source'] as Place | undefined;
    if (source?.topic === undefined) throw wrong();
    return {
      place,
      source,
      score: value.readDoubleLE(WIRE_PREFIX_BYTES),
      fields,
      scoredAt: Number(fields['scoredAt']),
    };
  };
}

/**
 * All score records of an event, in their order. The search begins an hour before the event. The
 * first record is looked for up to the end of the topic, and further ones in the quarter of an hour
 * after it. Clocks may be wrong, so if there is none, the earlier part of the topic is searched too.
 */
export async function findScores(
  event: Place,
  record: InputRecord,
  kafka: AuditKafka,
  onShare: OnShare = () => undefined,
): Promise<readonly FoundScore[]> {
  const time = timeOf(record);
  if (time === undefined) return searched(event, {}, kafka, onShare);
  const bound = { time: time - CLOCKS_MS };
  const found = await searched(event, { from: bound }, kafka, onShare);
  return found.length > 0 ? found : searched(event, { to: bound }, kafka, onShare);
}

/** Hears how far the search is, 0 to 1, and how many records were read. */
export type OnShare = (share: number, records: number) => void;

async function searched(
  event: Place,
  bounds: Pick<Range, 'from' | 'to'>,
  { settings, reader, registry, signal }: AuditKafka,
  onShare: OnShare,
): Promise<readonly FoundScore[]> {
  const { topic, partitioning } = settings.output;
  const read = await openScoreReading({ settings, registry, where: '--topic' });
  const whole = scoreRecordReader(registry);
  const look = async (batch: Batch): Promise<readonly FoundScore[]> => {
    const said = await read(batch);
    const rows = [...batch.records.keys()].filter(
      (row) =>
        said.isAlive(row) &&
        said.number('source.offset', row) === event.offset &&
        said.number('source.partition', row) === event.partition &&
        said.text('source.topic', row) === event.topic,
    );
    return Promise.all(
      rows.map((row) => {
        const { offset, value } = batch.records[row]!;
        return whole({ topic, partition: batch.partition, offset: Number(offset) }, value);
      }),
    );
  };
  const found: FoundScore[] = [];
  const partitions = partitioning === 'same' ? [event.partition] : undefined;
  let seen = 0;
  for await (const fetched of reader.read({ topic, partitions, ...bounds, signal })) {
    const { partition, nextOffset, endOffset } = fetched;
    const batch: Batch = { topic, partition, records: [...fetched.records], closedBy: 'end' };
    found.push(...(await untilAvailable(() => look(batch), { signal })));
    seen += batch.records.length;
    onShare(Number(nextOffset) / Math.max(1, Number(endOffset)), seen);
    const [first] = found;
    const last = batch.records.at(-1);
    // All copies are in one partition.
    if (first?.place.partition !== partition || last === undefined) continue;
    if ((timeOf(last) ?? 0) > first.scoredAt + COPIES_MS) break;
  }
  return found;
}
