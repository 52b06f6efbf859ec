import type { Bar, BarGroup } from './picture.ts';
import type { Results } from './results.ts';
import { median } from './statistics.ts';

/** The results as bars: what the pictures show of each part. */
export function barsOf({ throughput, latency, sweep, memory }: Results): BarGroup[] {
  const groups: BarGroup[] = [];
  if (throughput !== undefined) {
    const { measured, events } = throughput.given;
    const backlog = `a backlog of ${events.toLocaleString('en-US')} events`;
    groups.push(
      group(
        `CPU-seconds per million events, ${backlog}`,
        1,
        measured,
        (run) => run.cpuSecondsPerMillion,
      ),
    );
    groups.push(group(`Events per second, ${backlog}`, 0, measured, (run) => run.eventsPerSecond));
  }
  for (const [rate, runs] of Map.groupBy(
    latency?.given.measured ?? [],
    ({ ratePerSecond }) => ratePerSecond,
  )) {
    groups.push(
      group(
        `p50 at ${rate.toLocaleString('en-US')} events/s, ms until a reader has the score`,
        1,
        runs,
        (run) => run.p50,
      ),
    );
  }
  for (const [axis, runs] of Map.groupBy(sweep?.given.runs ?? [], ({ point }) => point.axis)) {
    const named = runs.map((run) => ({ ...run, program: run.point.label }));
    groups.push(
      group(
        `CPU-seconds per million events, by ${axis}`,
        1,
        named,
        (run) => run.cpuSecondsPerMillion,
      ),
    );
  }
  if (memory !== undefined) {
    const bars = memory.given.seen.map(({ events, rssBytes }) => {
      const value = rssBytes / 1e6;
      return { label: events.toLocaleString('en-US'), value, low: value, high: value };
    });
    groups.push({ title: 'Resident memory (MB) after so many events', digits: 0, bars });
  }
  return groups;
}

function group<T extends { readonly program: string }>(
  title: string,
  digits: number,
  runs: readonly T[],
  of: (run: T) => number,
): BarGroup {
  const bars = [...Map.groupBy(runs, ({ program }) => program)].map(([label, own]): Bar => {
    const values = own.map(of);
    return { label, value: median(values), low: Math.min(...values), high: Math.max(...values) };
  });
  return { title, digits, bars };
}
