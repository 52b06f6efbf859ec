import type { Latency } from './latency.ts';
import { round, spread, table } from './report-table.ts';

export interface Latencies {
  readonly measured: readonly Latency[];
  /** Measured length of a run. */
  readonly seconds: number;
  readonly partitions: number;
}

const FIGURES = [
  ['p50 (ms)', (run: Latency) => run.p50, round(1)],
  ['p95 (ms)', (run: Latency) => run.p95, round(1)],
  ['p99 (ms)', (run: Latency) => run.p99, round(1)],
  ['highest (ms)', (run: Latency) => run.max, round(0)],
  ['CPU-seconds per million', (run: Latency) => run.cpuSecondsPerMillion, round(1)],
] as const;

/** The paced runs as Markdown: a table for each rate, medians with their range. */
export function reportLatency({ measured, seconds, partitions }: Latencies): string {
  const tables = [...Map.groupBy(measured, ({ ratePerSecond }) => ratePerSecond)].map(
    ([rate, runs]) => {
      const rows = [...Map.groupBy(runs, ({ program }) => program)].map(([name, own]) => [
        name,
        ...FIGURES.map(([, of, show]) => spread(own.map(of), show)),
        `${own.filter(({ complete }) => complete).length} of ${own.length}`,
      ]);
      const head = ['program', ...FIGURES.map(([title]) => title), 'complete runs'];
      return `At ${rate.toLocaleString('en-US')} events/s:\n\n${table(head, rows)}\n`;
    },
  );
  return `## Latency: an even pace

The time from the moment at which an event was due until a reader of committed records had its output. One process, ${partitions} partitions,
${seconds} s per run. Medians over the runs (lowest to highest).

${tables.join('\n')}`;
}
