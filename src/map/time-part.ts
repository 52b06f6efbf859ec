import type { TimePart } from '../flow/features.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Creates the function that takes one part of a point in time, given in ms since the epoch, in a
 * time zone (IANA name). hourOfDay 0 to 23, dayOfWeek 1 (Monday) to 7, dayOfMonth 1 to 31,
 * monthOfYear 1 to 12, isWeekend 0 or 1, epochSeconds. NaN for a number that is not finite or is
 * outside the range of calendars (some 270,000 years around 1970). Throws RangeError for an unknown
 * time zone.
 */
export function timePart(part: TimePart, timeZone = 'UTC'): (ms: number) => number {
  const take = partOf(part, timeZone === 'UTC' ? () => 0 : zoneOffset(timeZone));
  return (ms) => (Math.abs(ms) <= FURTHEST_MS ? take(ms) : NaN);
}

/**
 * The range of Date and Intl. A time in nanoseconds that was declared in milliseconds is outside of
 * it.
 */
const FURTHEST_MS = 8.64e15;

function partOf(part: TimePart, offset: (ms: number) => number): (ms: number) => number {
  switch (part) {
    case 'epochSeconds':
      return (ms) => ms / 1000;
    case 'hourOfDay':
      return (ms) => Math.floor(mod(ms + offset(ms), DAY_MS) / HOUR_MS);
    case 'dayOfWeek':
      return (ms) => dayOfWeek(ms + offset(ms));
    case 'isWeekend':
      return (ms) => {
        const day = dayOfWeek(ms + offset(ms));
        return day > 5 ? 1 : day > 0 ? 0 : NaN;
      };
    case 'dayOfMonth':
      return (ms) => new Date(ms + offset(ms)).getUTCDate();
    case 'monthOfYear':
      return (ms) => new Date(ms + offset(ms)).getUTCMonth() + 1;
  }
}

/** Floor modulo, so times before 1970 also count forward. */
const mod = (value: number, by: number): number => ((value % by) + by) % by;

/** 1970-01-01 was a Thursday. */
const dayOfWeek = (ms: number): number => mod(Math.floor(ms / DAY_MS) + 3, 7) + 1;

/**
 * Offsets change at most every quarter of an hour, so one lookup per quarter of an hour of event
 * time is enough.
 */
const QUARTER_MS = HOUR_MS / 4;
const MAX_CACHED = 10_000;

function zoneOffset(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const known = new Map<number, number>();
  return (ms) => {
    const quarter = Math.floor(ms / QUARTER_MS);
    let offset = known.get(quarter);
    if (offset === undefined) {
      if (known.size >= MAX_CACHED) known.clear();
      offset = localAsUtc(format, quarter * QUARTER_MS) - quarter * QUARTER_MS;
      known.set(quarter, offset);
    }
    return offset;
  };
}

function localAsUtc(format: Intl.DateTimeFormat, ms: number): number {
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const get = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type) ?? 0);
  // The year before 1 is 1 BC, which is year 0. `Date.UTC` would read the years up to 99 as 1900
  // and after.
  const year = parts.get('era')?.startsWith('B') === true ? 1 - get('year') : get('year');
  const day = new Date(0).setUTCFullYear(year, get('month') - 1, get('day'));
  return day + ((get('hour') * 60 + get('minute')) * 60 + get('second')) * 1000;
}
