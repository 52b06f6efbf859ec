import type { Latency } from '../../../bench/latency.ts';
import { reportLatency } from '../../../bench/report-latency.ts';

const run = (program: string, ratePerSecond: number, p50: number, complete = true): Latency => ({
  program,
  ratePerSecond,
  p50,
  complete,
  round: 1,
  p95: 2,
  p99: 3,
  max: 4,
  cpuSecondsPerMillion: 5,
});

describe('the report of the latency', () => {
  it('has a table for each rate and the median of each program with its range', () => {
    const measured = [
      run('copy', 2000, 1),
      run('copy', 2000, 9),
      run('copy', 2000, 4),
      run('copy', 20_000, 7),
    ];
    const text = reportLatency({ measured, seconds: 20, partitions: 4 });
    expect(text).toContain('At 2,000 events/s:');
    expect(text).toContain('| copy | 4.0 (1.0 to 9.0) |');
    expect(text).toContain('At 20,000 events/s:');
    expect(text).toContain('| copy | 7.0 (7.0 to 7.0) |');
  });

  it('says how many runs had an output for each event', () => {
    const text = reportLatency({
      measured: [run('a', 1, NaN, false), run('a', 1, 2)],
      seconds: 20,
      partitions: 4,
    });
    expect(text).toContain('| 1 of 2 |');
    expect(text).toContain('| a | – | 2.0 (2.0 to 2.0) |');
  });
});
