import { leftRecords } from '../../../src/compose/left-records.ts';
import type { Range, RangeReader } from '../../../src/consume/range-reader.ts';
import { ScorerError } from '../../../src/errors.ts';
import type { InputRecord } from '../../../src/flow/record.ts';

/** A partition of 100,000 records; retention has deleted those before `oldest`. */
function given(oldest: number, deletedWhileRead = oldest) {
  let reads = 0;
  let now = oldest;
  const gone = () => new ScorerError({ code: 'OFFSET_OUT_OF_RANGE', what: 'gone', where: 'in-0' });
  const reader = {
    async *read({ from, to }: Range) {
      reads++;
      const at = (bound: typeof from, otherwise: number): number =>
        bound !== undefined && 'offset' in bound ? bound.offset(0)! : otherwise;
      const [first, end] = [at(from, now), at(to, 100_000)];
      if (first < now || end < now) throw gone();
      for (let next = first; next < end; next += 1000) {
        if (next < now) throw gone();
        await Promise.resolve();
        const count = Math.min(1000, end - next);
        const records = Array.from({ length: count }, (_, i) => ({ offset: next + i }));
        yield { records, nextOffset: BigInt(next + count) };
        now = Math.max(now, deletedWhileRead);
      }
    },
  } as unknown as RangeReader;
  const left = async (first: number, last: number): Promise<number[]> => {
    const place = { topic: 'in', partition: 0, first, last };
    const all: InputRecord[] = [];
    for await (const records of leftRecords(place, reader, new AbortController().signal))
      all.push(...records);
    return all.map(({ offset }) => Number(offset));
  };
  return { left, reads: () => reads };
}

it.each([
  ['all of it is there', 0, [100, 5000], 100, 1],
  ['its beginning is gone', 4000, [100, 5000], 4000, 2],
  ['its end is the oldest record', 5000, [100, 5000], 5000, 2],
  ['all of it is gone', 60_000, [100, 50_000], undefined, 2],
] as const)(
  'reads what is left where %s, at most twice',
  async (_, oldest, [first, last], from, twice) => {
    const { left, reads } = given(oldest);
    const found = await left(first, last);
    expect([found[0], found.at(-1), reads()]).toEqual([from, from && last, twice]);
    expect(found).toHaveLength(from === undefined ? 0 : last - from + 1);
  },
);

it('goes on where records are deleted while it reads, and reads none twice', async () => {
  const { left, reads } = given(0, 3000);
  const found = await left(500, 4999);
  expect(reads()).toBe(2);
  expect(found).toEqual([
    ...Array.from({ length: 1000 }, (_, i) => 500 + i),
    ...Array.from({ length: 2000 }, (_, i) => 3000 + i),
  ]);
});
