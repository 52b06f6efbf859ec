import { fileBatches, topicBatches } from '../../../src/compose/compare-input.ts';
import type { Entry } from '../../../src/compose/score-records.ts';
import { FakeRangeReader, type LogEntry } from '../../support/fake-range-reader.ts';
import { gathered } from '../../support/gathered.ts';

const entry = (offset: number): LogEntry => ({
  record: { offset, timestamp: offset, key: null, value: Buffer.of(offset) },
  aborted: false,
});
const { signal } = new AbortController();

describe('the records to compare', () => {
  const logs = [
    [entry(0), null, entry(2), entry(3), null],
    [],
    Array.from({ length: 8 }, (_, i) => entry(i)),
  ];
  const offsets = async (every: number, from?: number): Promise<number[][]> => {
    const reader = new FakeRangeReader(new Map([['t', logs]]));
    const range = {
      topic: 't',
      from: from === undefined ? undefined : { offset: (p: number) => (p === 1 ? 0 : from) },
    };
    const all = await gathered(topicBatches(reader, range, { maxSize: 2, every }, signal));
    return [0, 1, 2].map((partition) =>
      all
        .filter(({ batch }) => batch.partition === partition)
        .flatMap(({ batch }) => batch.records.map(({ offset }) => Number(offset))),
    );
  };

  it('are all of a range, over markers and empty partitions', async () => {
    expect(await offsets(1)).toEqual([[0, 2, 3], [], [0, 1, 2, 3, 4, 5, 6, 7]]);
    expect(await offsets(1, 3)).toEqual([[3], [], [3, 4, 5, 6, 7]]);
  });

  it('or every so many-th by offset, the same in every reading', async () => {
    expect(await offsets(3)).toEqual([[0, 3], [], [0, 3, 6]]);
    expect(await offsets(3, 3)).toEqual([[3], [], [3, 6]]);
  });

  it('never more than a batch, and the share that is done grows to 1', async () => {
    const reader = new FakeRangeReader(new Map([['t', logs]]));
    const all = await gathered(
      topicBatches(reader, { topic: 't' }, { maxSize: 2, every: 1 }, signal),
    );
    expect(Math.max(...all.map(({ batch }) => batch.records.length))).toBe(2);
    expect(all.at(-1)!.share).toBe(1);
  });

  it('of a file keep their place, and what is no event is apart', async () => {
    async function* entries(): AsyncGenerator<Entry> {
      for (let index = 0; index < 5; index++)
        yield index === 3
          ? { index, stage: 'decode', code: 'INPUT_INVALID', message: 'no' }
          : { index, avro: Buffer.of(index) };
    }
    const all = await gathered(fileBatches(entries(), 'f', { maxSize: 2, every: 1 }));
    expect(
      all.map(({ batch, invalid }) => [batch.records.map(({ offset }) => offset), invalid.length]),
    ).toEqual([
      [[0, 1], 0],
      [[2], 1],
      [[4], 0],
    ]);
  });
});
