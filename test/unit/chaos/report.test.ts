import type { SampleReport } from '../../../src/audit/sample-report.ts';
import { reportRun, violations } from '../../../chaos/report.ts';
import type { RunResult } from '../../../chaos/run.ts';

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
const TOTALS = {
  inputs: 1000,
  scores: 990,
  deadLetters: 10,
  missing: 0,
  unfinished: 0,
  duplicates: 0,
  outOfOrder: 0,
  wrong: 0,
};
const GOOD: RunResult = {
  audit: AUDIT,
  totals: TOTALS,
  faults: [
    { kind: 'kill -9', recoveryMs: 4000, longestPauseMs: 6200 },
    { kind: 'kill -9', recoveryMs: 9000, longestPauseMs: 7040 },
    { kind: 'kill -9', recoveryMs: 5000, longestPauseMs: 0 },
    { kind: 'zombie', recoveryMs: 800, longestPauseMs: 6500 },
  ],
  drained: true,
  endedThemselves: 0,
  endedBadly: 0,
  wallSeconds: 100,
};
const EXACTLY_ONCE = { delivery: 'exactly-once', faults: 4 } as const;
const AT_LEAST_ONCE = { delivery: 'at-least-once', faults: 4 } as const;
const having = (totals: Partial<typeof TOTALS>): RunResult => ({
  ...GOOD,
  totals: { ...TOTALS, ...totals },
});

describe('the verdict of a run', () => {
  it('is green when nothing is missing, twice, out of order or wrong', () => {
    expect(violations(GOOD, EXACTLY_ONCE)).toEqual([]);
    expect(reportRun(GOOD, EXACTLY_ONCE)).toContain('The guarantee held.');
  });

  it.each([{ missing: 1 }, { outOfOrder: 1 }, { wrong: 1 }])(
    'is red in both guarantees with %j',
    (totals) => {
      expect(violations(having(totals), EXACTLY_ONCE)).toHaveLength(1);
      expect(violations(having(totals), AT_LEAST_ONCE)).toHaveLength(1);
      expect(reportRun(having(totals), AT_LEAST_ONCE)).toContain('THE GUARANTEE IS BROKEN');
    },
  );

  it.each([
    [
      { verdicts: { matches: 989, differs: 1, incomplete: 0 } },
      '1 of 990 recomputed scores differ',
    ],
    [{ verdicts: { matches: 989, differs: 0, incomplete: 1 } }, '1 of 990 scores could not be'],
    [
      { sampled: 0, verdicts: { matches: 0, differs: 0, incomplete: 0 } },
      'no score was recomputed',
    ],
  ])('is red if a score cannot be recomputed: %j', (audit, why) => {
    const result = { ...GOOD, audit: { ...AUDIT, ...audit } };
    expect(violations(result, EXACTLY_ONCE)).toEqual([expect.stringContaining(why)]);
    expect(reportRun(result, EXACTLY_ONCE)).toContain('THE GUARANTEE IS BROKEN');
  });

  it('allows duplicates in at-least-once only', () => {
    expect(violations(having({ duplicates: 5 }), AT_LEAST_ONCE)).toEqual([]);
    expect(violations(having({ duplicates: 5 }), EXACTLY_ONCE)).toEqual([
      '5 outputs are there twice',
    ]);
  });

  it('is red when time was up before all faults were injected', () => {
    expect(violations(GOOD, { ...EXACTLY_ONCE, faults: 5 })).toEqual([
      'only 4 of 5 faults were injected in time',
    ]);
  });

  it('is red when the end of the input was not reached, or a replica did not end well', () => {
    const late = { ...having({ unfinished: 3 }), drained: false };
    expect(violations(late, EXACTLY_ONCE)).toEqual([
      'the end of the input was not reached in time (3 inputs left)',
    ]);
    // the offset went back meanwhile
    expect(violations(having({ unfinished: 3 }), EXACTLY_ONCE)).toHaveLength(1);
    expect(violations({ ...GOOD, endedBadly: 1 }, EXACTLY_ONCE)).toHaveLength(1);
    expect(violations({ ...GOOD, endedThemselves: 1 }, EXACTLY_ONCE)).toHaveLength(1);
    const lost = {
      ...GOOD,
      faults: [
        ...GOOD.faults.slice(1),
        { kind: 'zombie', recoveryMs: undefined, longestPauseMs: 0 },
      ],
    } as const;
    expect(violations(lost, EXACTLY_ONCE)).toHaveLength(1);
  });

  it('tells the recovery of each kind: median and longest', () => {
    expect(reportRun(GOOD, EXACTLY_ONCE)).toContain('| kill -9 | 3 | 5.0 | 9.0 | 7.0 | 8 |');
    const lost = {
      ...GOOD,
      faults: [{ kind: 'zombie', recoveryMs: undefined, longestPauseMs: 0 }],
    } as const;
    expect(reportRun(lost, EXACTLY_ONCE)).toContain(
      '| zombie | 1 | not in time | not in time | 0.0 | 8 |',
    );
  });

  it('says whether a partition stood still for longer than it may, which breaks no guarantee', () => {
    expect(reportRun(GOOD, EXACTLY_ONCE)).toContain('No partition paused for longer than it may.');
    const faults = [
      { kind: 'SIGTERM', recoveryMs: 900, longestPauseMs: 1900 },
      { kind: 'SIGTERM', recoveryMs: 900, longestPauseMs: 2100 },
      { kind: 'unwritable', recoveryMs: 900, longestPauseMs: 30_000 },
    ] as const;
    const slow = { ...GOOD, faults };
    expect(violations(slow, { ...EXACTLY_ONCE, faults: 3 })).toEqual([]);
    const report = reportRun(slow, { ...EXACTLY_ONCE, faults: 3 });
    expect(report).toContain('A PARTITION PAUSED FOR TOO LONG: SIGTERM 2.1 s instead of 2 s.');
    expect(report).toContain('| unwritable | 1 | 0.9 | 0.9 | 30.0 |  |');
  });
});
