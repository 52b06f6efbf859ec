import type { Counts, Report } from './report.ts';

export interface Volumes {
  readonly per: 'hour' | 'day';
  readonly times: readonly { readonly time: string; readonly a: Counts; readonly b: Counts }[];
}

/** Decisions by hour; by day if there are more hours than `most`. */
export function volumesOf(hours: Report['hours'], most: number): Volumes {
  if (hours.length <= most)
    return {
      per: 'hour',
      times: hours.map(({ hour, a, b }) => ({ time: hour.slice(0, 16).replace('T', ' '), a, b })),
    };
  const days = new Map<string, { a: Record<string, number>; b: Record<string, number> }>();
  for (const { hour, a, b } of hours) {
    const day = hour.slice(0, hour.indexOf('T'));
    let sums = days.get(day);
    if (sums === undefined) days.set(day, (sums = { a: {}, b: {} }));
    add(sums.a, a);
    add(sums.b, b);
  }
  return { per: 'day', times: [...days].map(([time, counts]) => ({ time, ...counts })) };
}

function add(to: Record<string, number>, counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) to[name] = (to[name] ?? 0) + count;
}
