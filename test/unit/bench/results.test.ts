import { barsOf } from '../../../bench/bars.ts';
import type { Latency } from '../../../bench/latency.ts';
import type { Measured } from '../../../bench/measure.ts';
import { picture } from '../../../bench/picture.ts';
import { withFigures } from '../../../bench/report-readme.ts';
import { reportPage } from '../../../bench/report.ts';
import { formatResults, parseResults, type Kept, type Results } from '../../../bench/results.ts';

const machine = {
  cores: 2,
  cpu: 'a cpu',
  memoryBytes: 2 ** 33,
  system: 'Linux',
  versions: { kafkajs: '2' },
};
const kept = <T>(given: T): Kept<T> => ({
  command: 'npm run bench',
  date: '2026-01-02',
  machine,
  given,
});
const run = (program: string, cpuSecondsPerMillion: number): Measured => ({
  program,
  cpuSecondsPerMillion,
  round: 1,
  written: 1,
  complete: true,
  eventsPerSecond: 1000,
  peakRssBytes: 3e8,
  startSeconds: 1,
  wallSeconds: 2,
  stages: {},
});
const at = (program: string, p50: number): Latency => ({
  program,
  p50,
  ratePerSecond: 2000,
  complete: true,
  round: 1,
  p95: 2,
  p99: 3,
  max: 4,
  cpuSecondsPerMillion: 5,
});

const RESULTS: Results = {
  throughput: kept({
    measured: [run('copy', 4), run('copy', 8), run('copy', 5), run('scorer', NaN)],
    events: 1000,
    partitions: 4,
    model: 'm',
    eventBytes: 130,
  }),
  latency: kept({ measured: [at('scorer', 7)], seconds: 20, partitions: 4 }),
};

describe('results', () => {
  it('are read back as they were, and what could not be measured is still no number', () => {
    expect(parseResults(formatResults(RESULTS))).toEqual(RESULTS);
    expect(parseResults(undefined)).toEqual({});
  });

  it('make a page that says of each part how and where it was measured', () => {
    const page = reportPage(RESULTS);
    expect(
      page.match(/<sub>`npm run bench` on 2026-01-02: 2 cores \(a cpu\), 8 GiB/g),
    ).toHaveLength(2);
    expect(page).toContain('## Throughput');
    expect(page).not.toContain('## Memory');
  });

  it('are bars of the medians with their range', () => {
    const [cpu, , latency] = barsOf(RESULTS);
    expect(cpu!.bars[0]).toEqual({ label: 'copy', value: 5, low: 4, high: 8 });
    expect(latency!.bars).toEqual([{ label: 'scorer', value: 7, low: 7, high: 7 }]);
  });

  it('make the table of the README, and leave the rest of it alone', () => {
    const readme = withFigures(
      'before\n<!-- benchmark -->\nold\n<!-- /benchmark -->\nafter',
      RESULTS,
    );
    expect(readme).toMatch(
      /^before\n<!-- benchmark -->\n\n\| program .*\n\n<!-- \/benchmark -->\nafter$/s,
    );
    expect(readme).toContain('| copy | 5.00 | 1,000 | 300 | – / – |');
    expect(readme).toContain('| scorer | – | 1,000 | 300 | 7.0 / 2.0 |');
    const twice = kept({
      ...RESULTS.throughput!.given,
      measured: [run('scorer', 4), run('scorer (again)', 4)],
    });
    const once = withFigures(readme, { ...RESULTS, throughput: twice });
    expect(once).toContain('| scorer | 4.00 ');
    expect(once).not.toContain('(again)');
    expect(() => withFigures('nothing here', RESULTS)).toThrow('<!-- benchmark -->');
  });
});

describe('a picture', () => {
  it('is drawn to the scale of the longest range, with a label and no bar for what has no value', () => {
    const bars = [
      { label: 'a < b', value: 10, low: 5, high: 20 },
      { label: 'none', value: NaN, low: NaN, high: NaN },
    ];
    const svg = picture([{ title: 'T', digits: 1, bars }]);
    const [, width] = /width="([\d.]+)" height="16" class="bar"/.exec(svg)!;
    const [, low, high] = /d="M([\d.]+) \d+H([\d.]+)M/.exec(svg)!;
    expect(Number(width)).toBeCloseTo((Number(high) - Number(low)) / 1.5, 0);
    expect(svg).toContain('a &lt; b');
    expect(svg).toContain('>none<');
    expect(svg.match(/class="bar"/g)).toHaveLength(1);
  });
});
