import type { Shape } from './shape.ts';

/** What a number means as a time: a point in time, one without a zone, or a time of the day; and its unit. */
export interface TimeUnit {
  readonly kind: 'instant' | 'local' | 'day' | 'ofDay';
  readonly ms: number;
}

const UNITS: Readonly<Record<string, TimeUnit>> = {
  date: { kind: 'day', ms: 86_400_000 },
  'time-millis': { kind: 'ofDay', ms: 1 },
  'time-micros': { kind: 'ofDay', ms: 1e-3 },
  'timestamp-millis': { kind: 'instant', ms: 1 },
  'timestamp-micros': { kind: 'instant', ms: 1e-3 },
  'timestamp-nanos': { kind: 'instant', ms: 1e-6 },
  'local-timestamp-millis': { kind: 'local', ms: 1 },
  'local-timestamp-micros': { kind: 'local', ms: 1e-3 },
  'local-timestamp-nanos': { kind: 'local', ms: 1e-6 },
};

/** As much of a shape as it takes to know its unit. */
type Timed = Shape | { readonly logical?: string };

/** The units that a schema declares for a number, each once: none where it is no time, several in a union of several. */
export function timeUnits(shape: Timed): readonly TimeUnit[] {
  const branches = 'branches' in shape ? shape.branches : [shape];
  return [...new Set(branches.flatMap(({ logical }) => UNITS[logical ?? ''] ?? []))];
}

/**
 * What a number of one schema is multiplied with to be one of the other, where both declare a time: registries let a
 * field change from millis to micros, as Avro's rules of evolution do not look at units. 1 where they do not differ.
 */
export function timeFactor(writer: Timed, reader: Timed): number {
  const [[from], [to]] = [timeUnits(writer), timeUnits(reader)];
  if (from === undefined || to === undefined || (from.kind === 'ofDay') !== (to.kind === 'ofDay')) return 1;
  return from.ms >= to.ms ? Math.round(from.ms / to.ms) : 1 / Math.round(to.ms / from.ms);
}
