import type { Events } from '../../../src/flow/events.ts';
import { Fates } from '../../../src/flow/fates.ts';
import { mergedObservation } from '../../../src/flow/observation.ts';
import { NOTHING_DECIDED, type Scores } from '../../../src/flow/scores.ts';
import { Probing } from '../../../src/monitor/probe-observer.ts';
import { ProbeTable } from '../../../src/monitor/probe-table.ts';

const LIMITS = {
  bands: [
    { upTo: 0.3, decision: 'APPROVE' },
    { upTo: 0.7, decision: 'REVIEW' },
    { decision: 'NO' },
  ],
  segments: [{ bands: [{ upTo: 0.5, decision: 'APPROVE' }, { decision: 'NO' }] }],
};

function given() {
  const clock = { now: 0 };
  const counted: number[] = [];
  const probing = new Probing({
    within: 0.01,
    events: 3,
    now: () => clock.now,
    onProbes: (count) => counted.push(count),
  });
  const see = (rows: readonly (readonly [key: string | null, score: number])[], segment = 0) => {
    const records = rows.map(([key]) => ({ key: key === null ? null : Buffer.from(key) }));
    const events = { batch: { records }, fates: new Fates(rows.length) } as unknown as Events;
    const scores = { score: Float64Array.from(rows, ([, score]) => score) } as unknown as Scores;
    const segmentOf = new Uint16Array(rows.length).fill(segment);
    return probing.observe(LIMITS)(events, [], scores, { ...NOTHING_DECIDED, segmentOf });
  };
  return { clock, counted, see };
}

describe('probing of a limit', () => {
  it('is counted from the third event of a key on, once it is delivered', () => {
    const { see, counted } = given();
    const near = ['a', 0.295] as const;
    const seen = [see([near, ['b', 0.71]]), see([near, ['c', 0.5]]), see([near, [null, 0.3]])];
    expect(counted).toEqual([]);
    mergedObservation(seen)!.record();
    expect(counted).toEqual([1]);
    see([near, near])!.record();
    expect(counted).toEqual([1, 2]);
    expect(see([['a', 0.5]])).toBeUndefined();
  });

  it('is on either side of the outermost limits', () => {
    const { see } = given();
    for (const score of [0.291, 0.709]) expect(see([['a', score]])).toBeDefined();
    for (const score of [0.289, 0.711, NaN]) expect(see([['a', score]])).toBeUndefined();
  });

  it('is that of the bands of the segment', () => {
    const { see } = given();
    expect(see([['a', 0.5]], 1)).toBeDefined();
    expect(see([['a', 0.3]], 1)).toBeUndefined();
  });

  it('is forgotten after some hours', () => {
    const { see, counted, clock } = given();
    const near = ['a', 0.3] as const;
    see([near, near])!.record();
    clock.now += 2 * 3_600_000;
    see([near])!.record();
    expect(counted).toEqual([]);
    clock.now += 3_600_000 / 2;
    see([near, near])!.record();
    expect(counted).toEqual([1]);
  });
});

describe('the table of keys', () => {
  it('never counts too low, and seldom too high', () => {
    const table = new ProbeTable();
    const hashes = Array.from({ length: 5000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) | 0);
    let wrong = 0;
    for (const hash of hashes) if (table.add(hash, 0) !== 1) wrong++;
    expect(wrong).toBeLessThan(50);
    expect(hashes.every((hash) => table.add(hash, 0) >= 2)).toBe(true);
  });
});
