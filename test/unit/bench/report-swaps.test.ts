import { reportSwaps } from '../../../bench/report-swaps.ts';

const round = (no: number, quietP99: number, swapP99: number) => ({
  round: no,
  quietP50: 3,
  quietP99,
  swapP50: 4,
  swapP99,
  swaps: 5,
  swapSeconds: 0.8,
});

describe('the report of swaps', () => {
  const text = reportSwaps({
    ratePerSecond: 20_000,
    seconds: 10,
    rounds: [round(1, 10, 11), round(2, 20, 30), round(3, 12, 12)],
    rss: [1, 10, 50, 200].map((swaps) => ({ swaps, rssBytes: 2e8 + swaps * 1e5 })),
    complete: true,
  });

  it('gives the ratio of the medians, and those of the rounds', () => {
    expect(text).toContain('of medians: **1.00**; round by round 1.10 (1.00 to 1.50)');
    expect(text).toContain('| 2 | 3.0 | 20.0 | 4.0 | 30.0 | 1.50 | 5 | 0.8 |');
  });

  it('shows the memory against that after the first swap', () => {
    expect(text).toContain('| 1 | 200 | 1.00 |');
    expect(text).toContain('| 10 | 201 | 1.00 |');
    expect(text).toContain('| 200 | 220 | 1.10 |');
  });
});
