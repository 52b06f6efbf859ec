import { lineDiff } from '../../../src/audit/line-diff.ts';
import { Sample } from '../../../src/audit/sample.ts';
import { Timeline, type DecidedScore } from '../../../src/audit/timeline.ts';

const score = (offset: number, more: Partial<DecidedScore> = {}): DecidedScore => ({
  place: { topic: 'out', partition: offset % 2, offset },
  scoredAt: 1000 * offset,
  model: 'm',
  version: '1',
  sha256: 'a',
  policy: 'p1',
  decision: 'APPROVE',
  decidedBy: 'bands',
  ...more,
});

it('says who decided from where to where, in whatever order records come', () => {
  const scores = [0, 1, 2, 3].map((offset) => score(offset));
  const later = [4, 5].map((offset) => score(offset, { version: '2', decision: 'REJECT' }));
  const canary = score(3, { version: '2', policy: null, decidedBy: null });
  const spansOf = (all: readonly DecidedScore[]) => {
    const timeline = new Timeline();
    for (const one of all) timeline.add(one);
    return timeline.spans;
  };
  const all = [...scores, canary, ...later];
  const spans = spansOf(all);
  expect(spans).toMatchObject([
    {
      version: '1',
      policy: 'p1',
      records: 4,
      from: '1970-01-01T00:00:00.000Z',
      to: '1970-01-01T00:00:03.000Z',
      partitions: [
        { partition: 0, records: 2, firstOffset: 0, lastOffset: 2 },
        { partition: 1, records: 2, firstOffset: 1, lastOffset: 3 },
      ],
      decisions: { APPROVE: 4 },
    },
    { version: '2', policy: null, records: 1, decidedBy: { '(none)': 1 } },
    { version: '2', policy: 'p1', records: 2, decisions: { REJECT: 2 } },
  ]);
  expect(JSON.stringify(spansOf(all.toReversed()))).toBe(JSON.stringify(spans));
});

it('shows what differs between two policies', () => {
  expect(lineDiff('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual(['  a', '- b', '+ x', '  c', '+ d']);
  expect(lineDiff('a', 'a')).toEqual(['  a']);
});

it('samples the same whatever the order, each event once, and all if there are few', () => {
  const taken = (offsets: readonly number[], size: number, seed = 1): number[] => {
    const sample = new Sample<number>(size, seed);
    for (const offset of offsets) sample.offer({ topic: 't', partition: 0, offset }, () => offset);
    expect(sample.seen).toBe(offsets.length);
    return sample.taken().map(({ value }) => value);
  };
  const all = Array.from({ length: 5000 }, (_, i) => i);
  const first = taken(all, 100);
  expect(first).toHaveLength(100);
  expect(taken(all.toReversed(), 100)).toEqual(first);
  expect(taken([...all, ...all], 100)).toEqual(first);
  expect(taken(all, 100, 2)).not.toEqual(first);
  expect(taken([3, 1, 2, 3], 100).sort()).toEqual([1, 2, 3]);
  // of each half about half
  expect(first.filter((offset) => offset < 2500).length).toBeGreaterThan(30);
  expect(first.filter((offset) => offset < 2500).length).toBeLessThan(70);
});
