import type { Bound } from '../consume/range-reader.ts';
import { ScorerError } from '../errors.ts';

const OFFSET = /^\d{1,16}$/;
const OFFSETS = /^\d{1,9}:\d{1,16}(?:,\d{1,9}:\d{1,16})*$/;
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;
const AGO = /^(\d{1,9})(s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Where a range of a topic begins or ends: an offset for all partitions (`100`) or for some
 * (`0:100,1:250`; the others are read whole), a time (`2026-11-27T10:00`, in UTC unless it names a
 * zone), or a time before now (`24h`). Throws INPUT_INVALID.
 */
export function boundOf(text: string | undefined, option: string, now: number): Bound | undefined {
  if (text === undefined) return undefined;
  if (OFFSET.test(text)) return { offset: () => Number(text), given: { option, partitions: [] } };
  if (OFFSETS.test(text)) {
    const given = new Map(
      text.split(',').map((part) => part.split(':').map(Number) as [number, number]),
    );
    const partitions = [...given.keys()];
    return { offset: (partition) => given.get(partition), given: { option, partitions } };
  }
  const ago = AGO.exec(text);
  if (ago !== null) return { time: now - Number(ago[1]) * UNIT_MS[ago[2]!]! };
  const zoned = /(?:Z|[+-]\d\d:\d\d)$/.test(text) && text.includes('T');
  const time = TIME.test(text) ? Date.parse(text.includes('T') && !zoned ? `${text}Z` : text) : NaN;
  if (!Number.isNaN(time)) return { time };
  throw new ScorerError({
    code: 'INPUT_INVALID',
    what: `${text} is neither an offset nor a time`,
    where: option,
    remedy:
      'Write an offset for all partitions (100) or for some (0:100,1:250), a time (2026-11-27T10:00, in UTC), or a time before now (24h, 7d).',
  });
}

/** Both bounds of a range. Throws INPUT_INVALID where nothing can be between them. */
export function boundsOf(
  { from, to }: { readonly from?: string; readonly to?: string },
  now: number,
): { readonly from: Bound | undefined; readonly to: Bound | undefined } {
  const bounds = { from: boundOf(from, '--from', now), to: boundOf(to, '--to', now) };
  if (!canHaveRecords(bounds.from, bounds.to))
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: `the range from ${from} to ${to} is empty`,
      where: '--to',
      remedy: '--to is the first record that is not read. Give one that is later than --from.',
    });
  return bounds;
}

/** False if nothing can be between two bounds of one kind, whatever the topic has. */
function canHaveRecords(from: Bound | undefined, to: Bound | undefined): boolean {
  if (from === undefined || to === undefined) return true;
  if ('time' in from) return !('time' in to) || from.time < to.time;
  if ('time' in to) return true;
  const named = [...(from.given?.partitions ?? []), ...(to.given?.partitions ?? [])];
  // Nothing of one partition may be asked for, where others are read.
  if (named.length === 0) return from.offset(0)! < to.offset(0)!;
  return named.every((partition) => {
    const [first, last] = [from.offset(partition), to.offset(partition)];
    return first === undefined || last === undefined || first <= last;
  });
}
