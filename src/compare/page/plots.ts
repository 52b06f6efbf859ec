import { SIDES, type Side } from '../compared-batch.ts';
import { keysOf } from '../counts.ts';
import type { Report } from '../report.ts';
import { count, score } from '../../page/table.ts';
import { volumesOf } from '../volumes.ts';
import { logPlace, logTicks, short, ticksOf } from '../../page/axis.ts';
import { linePlot, type Axis } from '../../page/line-plot.ts';
import type { Markup } from '../../page/markup.ts';

/** Two weeks by the hour; more than that by the day. */
const MAX_HOURS = 336;
/** So many steps of time at most get a zero where nothing happened. */
const MAX_STEPS = 4000;

/** The scores of both sides. Few events are near the end that matters, so counts are logarithmic. */
export function scorePlot({ histogram: { from, to, ...counts }, scores }: Report): Markup {
  const bins = counts.a.length;
  const edge = (bin: number): number => from + ((to - from) * bin) / bins;
  const most = [...counts.a, ...counts.b].reduce((x, y) => Math.max(x, y), 1);
  const outline = (side: Side): [number, number][] => [
    [from, 0],
    ...counts[side].map((events, bin): [number, number] => [edge(bin), logPlace(events)]),
    [to, logPlace(counts[side][bins - 1]!)],
  ];
  const median = (side: Side): string => score(scores[side].quantiles['0.5'] ?? null);
  return linePlot({
    title: 'Distribution of the scores',
    description: `Median of A ${median('a')}, of B ${median('b')}. The table of the scores has more.`,
    x: { from, to, ticks: ticksOf(from, to), name: 'score' },
    y: { from: 0, to: logPlace(most) * 1.05, ticks: logTicks(most), name: 'events (logarithmic)' },
    series: SIDES.map((side) => ({ side, points: outline(side), steps: true })),
    hovers: counts.a.map((events, bin) => ({
      from: edge(bin),
      to: edge(bin + 1),
      label: `${score(edge(bin))} to ${score(edge(bin + 1))}: A ${count(events)}, B ${count(counts.b[bin]!)}`,
    })),
  });
}

/** One plot for each decision: how often, over time. */
export function volumePlots({ hours, all }: Report): readonly Markup[] {
  const { per, times } = volumesOf(hours, MAX_HOURS);
  if (times.length < 2) return [];
  const step = per === 'hour' ? 3_600_000 : 86_400_000;
  const at = times.map(({ time }) =>
    Date.parse(per === 'hour' ? `${time.replace(' ', 'T')}Z` : time),
  );
  const [from, to] = [at[0]!, at.at(-1)!];
  return keysOf(all.decisions.a, all.decisions.b).map((name) => {
    const most = times.reduce((x, { a, b }) => Math.max(x, a[name] ?? 0, b[name] ?? 0), 1);
    const sum = (side: Side): string => count(all.decisions[side][name] ?? 0);
    return linePlot({
      title: `${name} per ${per}`,
      description: `${sum('a')} by A, ${sum('b')} by B.`,
      x: timeAxis(from, to, per),
      y: { from: 0, to: most * 1.05, ticks: ticksOf(0, most, 4), name: 'events' },
      series: SIDES.map((side) => ({
        side,
        points: withZeros(
          at.map((time, i) => [time, times[i]![side][name] ?? 0]),
          step,
        ),
      })),
    });
  });
}

/** Hours without events are not in the report. */
function withZeros(points: readonly [number, number][], step: number): [number, number][] {
  const [first, last] = [points[0]![0], points.at(-1)![0]];
  const steps = Math.round((last - first) / step) + 1;
  if (steps === points.length || steps > MAX_STEPS) return [...points];
  const known = new Map(points);
  return Array.from({ length: steps }, (_, i) => {
    const time = first + i * step;
    return [time, known.get(time) ?? 0];
  });
}

function timeAxis(from: number, to: number, per: 'hour' | 'day'): Axis {
  const about = 6;
  const unit = per === 'hour' ? 3_600_000 : 86_400_000;
  const every = Math.max(1, Math.ceil((to - from) / unit / about)) * unit;
  const ticks = [];
  for (let at = from; at <= to; at += every) {
    const iso = new Date(at).toISOString();
    ticks.push({
      at,
      label: per === 'hour' ? iso.slice(5, 16).replace('T', ' ') : iso.slice(0, 10),
    });
  }
  return { from, to, ticks: ticks.slice(0, about), name: `time of the event (UTC)` };
}

/** What every threshold would reach; the dots are the alarms of today's bands. */
export function curvePlot({ ranking, all }: Report): Markup | undefined {
  if (ranking === null || ranking.a.positives === 0) return undefined;
  const { quality } = all;
  const axis = (name: string): Axis => ({ from: 0, to: 1, ticks: ticksOf(0, 1), name });
  return linePlot({
    title: 'Precision and recall at every threshold',
    description: `Average precision of A ${score(ranking.a.averagePrecision)}, of B ${score(ranking.b.averagePrecision)}.`,
    x: axis('recall'),
    y: axis('precision'),
    series: SIDES.map((side) => ({
      side,
      points: ranking[side].curve.map(({ recall, precision }) => [recall, precision]),
    })),
    dots: SIDES.flatMap((side) => {
      const { precision = null, recall = null } = quality?.[side].alarms ?? {};
      if (precision === null || recall === null) return [];
      const label = `alarms of ${side.toUpperCase()}: precision ${short(precision)}, recall ${short(recall)}`;
      return [{ side, x: recall, y: precision, label }];
    }),
  });
}

/** The threshold that each day alone would have needed for the capacity. */
export function thresholdPlot({ capacity }: Report): Markup | undefined {
  const days = capacity?.a.byDay ?? [];
  const values = SIDES.flatMap((side) =>
    (capacity?.[side].byDay ?? []).flatMap(({ threshold }) => threshold ?? []),
  );
  if (capacity === null || days.length < 2 || values.length === 0) return undefined;
  const at = (day: string): number => Date.parse(day);
  const low = values.reduce((x, y) => Math.min(x, y));
  const high = values.reduce((x, y) => Math.max(x, y));
  return linePlot({
    title: `Threshold that ${capacity.a.perDay} reviews would have needed on each day`,
    description: `On average over all days: A ${capacity.a.onAverage.threshold ?? 'none'}, B ${capacity.b.onAverage.threshold ?? 'none'}.`,
    x: timeAxis(at(days[0]!.day), at(days.at(-1)!.day), 'day'),
    y: { from: low, to: high, ticks: ticksOf(low, high), name: 'score' },
    series: SIDES.map((side) => ({
      side,
      points: capacity[side].byDay.flatMap(({ day, threshold }): [number, number][] =>
        threshold === null ? [] : [[at(day), threshold]],
      ),
    })),
  });
}
