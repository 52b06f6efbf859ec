import type { Measured } from '../../../bench/measure.ts';
import { reportThroughput } from '../../../bench/report.ts';

function run(program: string, round: number, eventsPerSecond: number, complete = true): Measured {
  const written = complete ? 1000 : 999;
  return {
    program,
    round,
    eventsPerSecond,
    complete,
    written,
    cpuSecondsPerMillion: 5,
    peakRssBytes: 2e8,
    startSeconds: 1,
    wallSeconds: 3,
    stages: {},
  };
}

const report = (measured: readonly Measured[]): string =>
  reportThroughput({ measured, events: 1000, partitions: 4, model: 'a model', eventBytes: 130 });

describe('the report of the throughput', () => {
  it('compares rounds with their own round, whatever the order in which they ran', () => {
    const text = report([
      run('copy', 1, 100),
      run('scorer', 1, 50),
      run('scorer', 2, 90),
      run('copy', 2, 300),
    ]);
    expect(text).toContain('| scorer / copy | events/s | 0.35 | 0.50, 0.30 |  |');
    expect(text).toContain('| copy | 5.00 (5.00 to 5.00) | 200 (100 to 300) |');
  });

  it('compares a program that ran twice with itself', () => {
    const text = report([run('copy', 1, 100), run('scorer', 1, 50), run('scorer (again)', 1, 55)]);
    expect(text).toContain('| scorer (again) / scorer | events/s | 1.10 | 1.10 | chance |');
  });

  it('calls a ratio that equal programs reach too a tie, and no other', () => {
    const rounds = [run('scorer', 1, 100), run('scorer (again)', 1, 120)];
    expect(report([run('copy', 1, 90), ...rounds])).toContain(
      '| scorer / copy | events/s | 1.11 | 1.11 | a tie |',
    );
    expect(report([run('copy', 1, 80), ...rounds])).toContain(
      '| scorer / copy | events/s | 1.25 | 1.25 |  |',
    );
  });

  it('shows every run, also one that is not complete or could not be measured', () => {
    const text = report([run('copy', 1, 100), run('scorer', 1, NaN, false)]);
    expect(text).toContain('999 (NOT complete)');
    expect(text).toContain('0 of 1');
    expect(text).toContain('| scorer / copy | events/s | – | – |');
  });
});
