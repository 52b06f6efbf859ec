import { AGAIN } from './report.ts';
import { round, table } from './report-table.ts';
import type { Results } from './results.ts';
import { median } from './statistics.ts';

const START = '<!-- benchmark -->';
const END = '<!-- /benchmark -->';

/** The README with its table of figures made anew. Throws where it has no place for one. */
export function withFigures(readme: string, results: Results): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start === -1 || end < start)
    throw new TypeError(`the README has no lines ${START} and ${END}`);
  return `${readme.slice(0, start + START.length)}\n\n${figures(results)}\n\n${readme.slice(end)}`;
}

function figures({ throughput, latency }: Results): string {
  const rates = [...new Set(latency?.given.measured.map(({ ratePerSecond }) => ratePerSecond))];
  const measured = [...(throughput?.given.measured ?? []), ...(latency?.given.measured ?? [])];
  // Its second run shows what chance does, which is for the page of every run.
  const programs = [...new Set(measured.map(({ program }) => program))].filter(
    (program) => program !== AGAIN,
  );
  const head = [
    'program',
    'CPU-seconds per million',
    'events/s',
    'peak RSS (MB)',
    ...rates.map((rate) => `p50 / p95 at ${rate.toLocaleString('en-US')}/s (ms)`),
  ];
  const rows = programs.map((program) => {
    const backlog = throughput?.given.measured.filter((run) => run.program === program) ?? [];
    const paced = latency?.given.measured.filter((run) => run.program === program) ?? [];
    const of = (values: readonly number[], digits: number): string =>
      values.length === 0 ? '–' : round(digits)(median(values));
    return [
      program,
      of(
        backlog.map((run) => run.cpuSecondsPerMillion),
        2,
      ),
      of(
        backlog.map((run) => run.eventsPerSecond),
        0,
      ),
      of(
        backlog.map((run) => run.peakRssBytes / 1e6),
        0,
      ),
      ...rates.map((rate) => {
        const own = paced.filter(({ ratePerSecond }) => ratePerSecond === rate);
        return `${of(
          own.map(({ p50 }) => p50),
          1,
        )} / ${of(
          own.map(({ p95 }) => p95),
          1,
        )}`;
      }),
    ];
  });
  return table(head, rows);
}
