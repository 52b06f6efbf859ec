import { setTimeout as sleep } from 'node:timers/promises';
import { ScorerError } from '../../src/errors.ts';
import { mergeRanges } from '../../src/consume/merge-ranges.ts';
import type { Bound, GivenOffsets, Range, RangeReader } from '../../src/consume/range-reader.ts';
import type { Fetched } from '../../src/consume/source.ts';
import type { InputRecord } from '../../src/flow/record.ts';

/** What stands at an offset: a record, one of an aborted transaction, or (null) a marker. */
export interface LogEntry {
  readonly record: InputRecord;
  readonly aborted: boolean;
}

/** Topics in memory, which are read as the port says (test/contract/range-reader.test.ts). */
export class FakeRangeReader implements RangeReader {
  readonly #topics: ReadonlyMap<string, readonly (readonly (LogEntry | null)[])[]>;
  /** As many records come at once. */
  readonly #fetchRecords = 3;

  constructor(topics: ReadonlyMap<string, readonly (readonly (LogEntry | null)[])[]>) {
    this.#topics = topics;
  }

  async ends({
    topic,
    partitions,
  }: Pick<Range, 'topic' | 'partitions'>): Promise<Map<number, number>> {
    const logs = this.#logsOf(topic, partitions);
    return new Map([...logs].map(([partition, log]) => [partition, log.length]));
  }

  async *read(range: Range): AsyncGenerator<Fetched> {
    const { topic, from, to, signal, read, follow = false } = range;
    signal?.throwIfAborted();
    const logs = this.#logsOf(topic, range.partitions);
    const partitions = [...logs.keys()];
    for (const given of [from, to].map(givenOf))
      for (const named of given?.partitions ?? [])
        if (!partitions.includes(named))
          throw new ScorerError({
            code: 'INPUT_INVALID',
            what: `no partition ${named}`,
            where: given!.option,
          });
    const parts = partitions.map((partition) => {
      const log = logs.get(partition)!;
      const end = follow ? Number.MAX_SAFE_INTEGER : placeOf(to, partition, log, log.length);
      let next = placeOf(from, partition, log, 0);
      return {
        end,
        follows: follow,
        next: async (): Promise<Fetched> => {
          const first = next;
          const last = follow ? log.length : end;
          if (first === last) await sleep(1, undefined, signal ? { signal } : {});
          next = Math.min(next + this.#fetchRecords, last);
          const records = log
            .slice(first, next)
            .filter((entry) => entry !== null && (read === 'written' || !entry.aborted))
            .map((entry) => entry!.record);
          return { topic, partition, records, nextOffset: BigInt(next), endOffset: BigInt(end) };
        },
      };
    });
    yield* mergeRanges(parts, signal);
  }

  /** By partition. */
  #logsOf(
    topic: string,
    wanted: readonly number[] | undefined,
  ): ReadonlyMap<number, readonly (LogEntry | null)[]> {
    const logs = this.#topics.get(topic);
    const partitions = wanted ?? [...(logs ?? []).keys()];
    if (logs === undefined || partitions.some((partition) => logs[partition] === undefined))
      throw new ScorerError({ code: 'TOPIC_NOT_FOUND', what: 'not there', where: topic });
    return new Map(partitions.map((partition) => [partition, logs[partition]!]));
  }
}

function placeOf(
  bound: Bound | undefined,
  partition: number,
  log: readonly (LogEntry | null)[],
  byDefault: number,
): number {
  if (bound === undefined) return byDefault;
  if ('time' in bound) {
    const found = log.findIndex(
      (entry) => entry !== null && Number(entry.record.timestamp) >= bound.time,
    );
    return found === -1 ? log.length : found;
  }
  const offset = bound.offset(partition) ?? byDefault;
  if (!(offset >= 0 && offset <= log.length)) {
    const where = givenOf(bound)?.option;
    const code = where === undefined ? 'OFFSET_OUT_OF_RANGE' : 'INPUT_INVALID';
    throw new ScorerError({ code, what: `no offset ${offset}`, where: where ?? '' });
  }
  return offset;
}

function givenOf(bound: Bound | undefined): GivenOffsets | undefined {
  return bound !== undefined && 'offset' in bound ? bound.given : undefined;
}
