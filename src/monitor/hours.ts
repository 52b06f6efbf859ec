export const HOURS = 168;
const HOUR_MS = 3_600_000;
/** 1970-01-01 was a Thursday: Monday 0:00 was three days earlier. */
const MONDAY = 72;
/** No hour: the event has no time. */
export const NO_HOUR = 255;

/** The hour of the week of a time in ms, in UTC, from Monday 0:00 on; NO_HOUR without a time. */
export function hourOfWeek(ms: number): number {
  if (!(Math.abs(ms) <= 8.64e15)) return NO_HOUR;
  const hours = Math.floor(ms / HOUR_MS) + MONDAY;
  return ((hours % HOURS) + HOURS) % HOURS;
}
