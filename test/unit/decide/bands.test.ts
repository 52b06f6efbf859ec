import fc from 'fast-check';
import { NOTHING_DECIDED } from '../../../src/flow/scores.ts';
import type { PolicySettings } from '../../../src/flow/policy-settings.ts';
import { createDecide } from '../../../src/decide/decide.ts';
import { decideRows, eventsOf, scoresOf } from './given.ts';

const BANDS = [
  { upTo: 0.3, decision: 'APPROVE' },
  { upTo: 0.7, decision: 'REVIEW' },
  { decision: 'REJECT' },
];

function decide(scores: readonly number[], bands: PolicySettings['bands'] = BANDS) {
  const { decisions } = decideRows(
    { policy: 'p1', bands },
    {},
    scores.map((score) => ({ score })),
  );
  return { ...decisions, decided: Array.from(decisions.index!, (index) => decisions.names[index]) };
}

describe('bands', () => {
  it('takes the first band whose end is above the score; the end itself is in the next', () => {
    const below = (limit: number): number => limit - limit * Number.EPSILON;
    const { decided, policy, names } = decide([0, below(0.3), 0.3, below(0.7), 0.7, 1]);
    expect(decided).toEqual(['APPROVE', 'APPROVE', 'REVIEW', 'REVIEW', 'REJECT', 'REJECT']);
    expect(policy).toBe('p1');
    expect(names).toEqual(['APPROVE', 'REVIEW', 'REJECT']);
  });

  it('takes any number: negative, large, infinite; NaN falls to the last band', () => {
    const scores = [-5, -Infinity, 7e9, Infinity, NaN, -0];
    expect(decide(scores).decided).toEqual([
      'APPROVE',
      'APPROVE',
      'REJECT',
      'REJECT',
      'REJECT',
      'APPROVE',
    ]);
  });

  it('runs downwards where lower is worse, the end itself in the next', () => {
    const down = [
      { downTo: 0.1, decision: 'NORMAL' },
      { downTo: -0.2, decision: 'LOOK' },
      { decision: 'ALARM' },
    ];
    const { decided, names } = decide([5, 0.1, 0, -0.2, -0.21, -Infinity, Infinity, NaN], down);
    expect(decided).toEqual([
      'NORMAL',
      'LOOK',
      'LOOK',
      'ALARM',
      'ALARM',
      'ALARM',
      'NORMAL',
      'ALARM',
    ]);
    expect(names).toEqual(['NORMAL', 'LOOK', 'ALARM']);
  });

  it('lets several bands decide the same, under one name', () => {
    const { decided, names } = decide(
      [0.1, 0.5, 0.9],
      [{ upTo: 0.2, decision: 'ODD' }, { upTo: 0.8, decision: 'FINE' }, { decision: 'ODD' }],
    );
    expect(decided).toEqual(['ODD', 'FINE', 'ODD']);
    expect(names).toEqual(['ODD', 'FINE']);
  });

  it('decides everything alike by a single band', () => {
    expect(decide([-1, 0.5, NaN], [{ decision: 'ALL' }]).decided).toEqual(['ALL', 'ALL', 'ALL']);
  });

  it('decides nothing without bands', () => {
    const decisions = createDecide(null)(eventsOf({ fields: [] }, [{}]), scoresOf([0.5]));
    expect(decisions).toEqual(NOTHING_DECIDED);
  });

  it('may have more names than a byte counts', () => {
    const bands = [
      ...Array.from({ length: 999 }, (_, i) => ({ upTo: i + 1, decision: `D${i}` })),
      { decision: 'D999' },
    ];
    expect(decide([0, 255, 256, 700.5, 2000], bands).decided).toEqual([
      'D0',
      'D255',
      'D256',
      'D700',
      'D999',
    ]);
  });

  it('never decides for a higher score by an earlier band', () => {
    const limits = fc.uniqueArray(fc.double({ noNaN: true, min: -10, max: 10 }), {
      minLength: 1,
      maxLength: 8,
    });
    const scores = fc.array(fc.double({ noNaN: true, min: -11, max: 11 }), { minLength: 1 });
    fc.assert(
      fc.property(limits, scores, (unsorted, given) => {
        const upTo = unsorted.toSorted((a, b) => a - b);
        const bands = [
          ...upTo.map((limit, i) => ({ upTo: limit, decision: `B${i}` })),
          { decision: 'LAST' },
        ];
        const { decided } = decide(given, bands);
        given.forEach((score, row) => {
          const above = upTo.filter((limit) => score < limit);
          expect(decided[row]).toBe(above.length === 0 ? 'LAST' : `B${upTo.length - above.length}`);
        });
      }),
    );
  });
});
