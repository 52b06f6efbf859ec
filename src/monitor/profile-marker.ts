import type { Events } from '../flow/events.ts';
import { mark, noMarks, type ProfileMarks } from '../flow/profile-marks.ts';
import { isOutside, type ReferenceSeries } from './profile-series.ts';
import type { SlotCodes } from './slot-codes.ts';

/** The fields of the event that can be outside of a profile, each once. */
export function markedFields(series: readonly ReferenceSeries[]): string[] {
  return [...new Set(series.flatMap(({ field }) => field?.field ?? []))];
}

/**
 * Marks the fields of each row whose value the reference has not: beyond its bounds, a category that
 * was never seen, or missing where it never was.
 */
export function createMarker(
  series: readonly ReferenceSeries[],
  codes: SlotCodes,
): (events: Pick<Events, 'columns' | 'fates'>) => ProfileMarks {
  const names = markedFields(series);
  const tables = series.flatMap((one, number) => {
    if (one.field === undefined) return [];
    const outside = Uint8Array.from(one.slots.names, (_, slot) => (isOutside(one, slot) ? 1 : 0));
    return [{ number, outside, at: codes.offsets[number]!, name: names.indexOf(one.field.field) }];
  });
  return function markOutside({ columns, fates: { rows } }) {
    const marks = noMarks(names, rows);
    const counts = codes.counts(columns, rows);
    for (const { number, outside, at, name } of tables) {
      // nearly always, no row is in such a slot
      let found = 0;
      for (let slot = 0; slot < outside.length; slot++)
        found += outside[slot]! * counts[at + slot]!;
      if (found === 0) continue;
      const slots = codes.of(number, columns, rows);
      for (let row = 0; row < rows; row++) if (outside[slots[row]!] === 1) mark(marks, row, name);
    }
    return marks;
  };
}
