import { networkViolations, reportNetwork } from '../../../../chaos/network/report.ts';
import type { NetworkResult } from '../../../../chaos/network/run.ts';

const TOTALS = {
  inputs: 100,
  scores: 99,
  deadLetters: 1,
  missing: 0,
  unfinished: 0,
  duplicates: 0,
  outOfOrder: 0,
  wrong: 0,
};
const GOOD: NetworkResult = {
  totals: TOTALS,
  faults: [
    { kind: 'held-request', target: 'EndTxn', recoveryMs: 4000 },
    { kind: 'held-request', target: 'Produce', recoveryMs: 1000 },
    { kind: 'refused', target: 'broker 2', recoveryMs: 2000 },
  ],
  drained: true,
  endedThemselves: 0,
  endedBadly: 0,
  longestStallMs: 45_000,
  commits: { commits: 50, back: 0, furthest: 0 },
  longestBehindMs: 0,
  longestOpenMs: 70_000,
  settled: true,
  troubles: [],
  wallSeconds: 60,
};
const ONCE = { delivery: 'exactly-once', faults: 3 } as const;

describe('the verdict of a network run', () => {
  it('is green where nothing is lost, twice, late or back', () => {
    expect(networkViolations(GOOD, ONCE)).toEqual([]);
    expect(reportNetwork(GOOD, ONCE)).toContain('The guarantee held.');
  });

  it.each<[string, Partial<NetworkResult>]>([
    ['1 inputs have no output', { totals: { ...TOTALS, missing: 1 } }],
    ['2 outputs are there twice', { totals: { ...TOTALS, duplicates: 2 } }],
    ['a partition stood still for 45.1 s', { longestStallMs: 45_100 }],
    [
      '1 committed offsets went back, by 9 at most',
      { commits: { commits: 50, back: 1, furthest: 9 } },
    ],
    ['a committed offset stayed back for 46.0 s', { longestBehindMs: 46_000 }],
    ['a transaction was open for 71.0 s', { longestOpenMs: 71_000 }],
    ['the last stable offset did not reach the end', { settled: false }],
    ['1 replicas ended by themselves', { endedThemselves: 1 }],
    ['1 replicas did not end well by SIGTERM', { endedBadly: 1 }],
    ['the end of the input was not reached in time (0 inputs left)', { drained: false }],
    ['the proxy did not understand 1 frames: what', { troubles: ['what'] }],
    ['only 2 of 3 faults were injected in time', { faults: GOOD.faults.slice(1) }],
    [
      '1 faults were not recovered from (refused)',
      {
        faults: [
          ...GOOD.faults.slice(1),
          { kind: 'refused', target: 'broker 1', recoveryMs: undefined },
        ],
      },
    ],
  ])('is red: %s', (words, change) => {
    expect(networkViolations({ ...GOOD, ...change }, ONCE)).toEqual([words]);
    expect(reportNetwork({ ...GOOD, ...change }, ONCE)).toContain(
      `THE GUARANTEE IS BROKEN: ${words}.`,
    );
  });

  it('lets at-least-once commit an offset again that is older, for a while', () => {
    const back = {
      ...GOOD,
      commits: { commits: 50, back: 3, furthest: 100 },
      longestBehindMs: 5000,
    };
    expect(networkViolations(back, { ...ONCE, delivery: 'at-least-once' })).toEqual([]);
  });

  it('tells recovery by kind and by what was hit', () => {
    const report = reportNetwork(GOOD, ONCE);
    expect(report).toContain('| held-request | 2 | 1.0 | 4.0 |');
    expect(report).toContain('| EndTxn | 1 | 4.0 | 4.0 |');
  });
});
