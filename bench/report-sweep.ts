import { round, spread, table } from './report-table.ts';
import { median } from './statistics.ts';
import type { SweptRun } from './sweep.ts';

export interface Sweeps {
  readonly runs: readonly SweptRun[];
  /** Of every point. */
  readonly events: number;
  /** How many runs there would be had none failed. */
  readonly wanted: number;
}

/** Stages that compute; the others wait for the broker. */
const COMPUTING = ['decode', 'map', 'infer', 'decide', 'encode'] as const;

/** The sweeps as Markdown: a row for each point, and the time of its stages. */
export function reportSweep({ runs, events }: Sweeps): string {
  const byPoint = [...Map.groupBy(runs, ({ program }) => program).values()];
  const rows = byPoint.map((own) => [
    own[0]!.point.axis,
    own[0]!.point.label,
    spread(
      own.map((run) => run.cpuSecondsPerMillion),
      round(2),
    ),
    spread(
      own.map((run) => run.eventsPerSecond),
      round(0),
    ),
    spread(
      own.map((run) => run.peakRssBytes / 1e6),
      round(0),
    ),
    `${own.filter(({ complete }) => complete).length} of ${own.length}`,
  ]);
  const stages = byPoint.map((own) => {
    const micros = COMPUTING.map((stage) =>
      median(own.map((run) => ((run.stages[stage] ?? NaN) / run.written) * 1e6)),
    );
    return [
      own[0]!.point.axis,
      own[0]!.point.label,
      ...micros.map(round(2)),
      round(2)(micros[1]! / micros[0]!),
    ];
  });
  return `## Sweeps: one thing at a time

A backlog of ${events.toLocaleString('en-US')} events each; medians (lowest to highest). 4 partitions, one process, at-least-once, unless the point says otherwise.

${table(['axis', 'point', 'CPU-seconds per million', 'events/s', 'peak RSS (MB)', 'complete runs'], rows)}

Time of the stages that compute, in µs per event (medians, whole run):

${table(['axis', 'point', ...COMPUTING, 'map / decode'], stages)}
`;
}
