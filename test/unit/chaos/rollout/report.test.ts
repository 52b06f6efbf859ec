import type { SampleReport } from '../../../../src/audit/sample-report.ts';
import { reportRollout, rolloutViolations } from '../../../../chaos/rollout/report.ts';
import type { RolloutResult } from '../../../../chaos/rollout/run.ts';

const AUDIT: SampleReport = {
  scores: 990,
  sampled: 990,
  seed: 1,
  verdicts: { matches: 990, differs: 0, incomplete: 0 },
  versions: [],
  copies: { records: 0, differ: 0, events: 0 },
  missing: [],
  examples: [],
};
const CHANGE = { kind: 'swap', from: [1], to: [2], moved: false };
const GOOD: RolloutResult = {
  audit: AUDIT,
  totals: {
    inputs: 1000,
    scores: 990,
    deadLetters: 10,
    missing: 0,
    unfinished: 0,
    duplicates: 0,
    outOfOrder: 0,
    wrong: 0,
  },
  verdict: {
    illegal: 0,
    unclean: 0,
    wentBack: 1,
    clean: 7,
    fallbacks: 0,
    ofCanary: 100,
    wrongScores: 0,
    wrongDecisions: 0,
    comparisons: 500,
    comparedTwice: 0,
    otherwise: 0,
    examples: [],
  },
  changes: [
    {
      ...CHANGE,
      states: [
        { champion: '1', policy: 'p1' },
        { champion: '2', policy: 'p1' },
      ],
      tookMs: 1500,
    },
    { ...CHANGE, states: [{ champion: '2', policy: 'p1' }], tookMs: 4000 },
  ],
  notes: ['refused: golden', 'the canary stopped by itself: it flips'],
  planned: 4,
  done: 4,
  countedFallbacks: 0,
  drained: true,
  endedThemselves: 0,
  endedBadly: 0,
  wallSeconds: 100,
};
const EXACTLY_ONCE = { delivery: 'exactly-once' } as const;
const AT_LEAST_ONCE = { delivery: 'at-least-once' } as const;
const having = (verdict: Partial<RolloutResult['verdict']>): RolloutResult => ({
  ...GOOD,
  verdict: { ...GOOD.verdict, ...verdict },
});

describe('the report of a life of models', () => {
  it('is green if every score is of one version that could decide', () => {
    expect(rolloutViolations(GOOD, EXACTLY_ONCE)).toEqual([]);
    const report = reportRollout(GOOD, EXACTLY_ONCE);
    expect(report).toContain('| changes of the champion | 1 |');
    expect(report).toContain('| versions that were refused, one at each gate | 1 |');
    expect(report).toContain('| swap | 2 | 1.5 | 4.0 |');
    expect(report).toContain('\nThe canary stopped by itself: it flips.\n');
    expect(report).toContain('Every score is of one version and one policy');
  });

  it.each([
    { illegal: 1 },
    { unclean: 1 },
    { wrongScores: 1 },
    { wrongDecisions: 1 },
    { fallbacks: 1 },
    { ofCanary: 0 },
    { comparisons: 0 },
    { otherwise: 1 },
  ])('is red in both guarantees with %j', (verdict) => {
    expect(rolloutViolations(having(verdict), EXACTLY_ONCE)).toHaveLength(1);
    expect(rolloutViolations(having(verdict), AT_LEAST_ONCE)).toHaveLength(1);
    expect(reportRollout(having(verdict), EXACTLY_ONCE)).toContain('IT DID NOT HOLD');
  });

  it('is red if a recomputed score differs', () => {
    const verdicts = { matches: 988, differs: 2, incomplete: 0 };
    const result = { ...GOOD, audit: { ...AUDIT, verdicts } };
    expect(rolloutViolations(result, EXACTLY_ONCE)).toHaveLength(1);
    expect(reportRollout(result, EXACTLY_ONCE)).toContain('2 of 990 recomputed scores differ');
  });

  it('allows copies of comparisons in at-least-once only', () => {
    expect(rolloutViolations(having({ comparedTwice: 1 }), EXACTLY_ONCE)).toHaveLength(1);
    expect(rolloutViolations(having({ comparedTwice: 1 }), AT_LEAST_ONCE)).toEqual([]);
  });

  it('is red if anything is missing or not all steps were done', () => {
    const missing = { ...GOOD, totals: { ...GOOD.totals, missing: 1 } };
    expect(rolloutViolations(missing, EXACTLY_ONCE)).toHaveLength(1);
    expect(rolloutViolations({ ...GOOD, done: 3 }, EXACTLY_ONCE)).toEqual([
      'only 3 of 4 steps were done in time',
    ]);
  });
});
