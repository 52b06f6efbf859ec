/** What a line or a record of a list says. */
export type ListEntry =
  | { readonly is: 'key'; readonly key: string; readonly expires: number }
  | { readonly is: 'removed'; readonly key: string }
  /** `what` never has the key or the value. */
  | { readonly is: 'wrong'; readonly what: string };

/** Whether the field that a list is compared with has integers or strings. */
export type KeyType = 'int' | 'string';

/**
 * A line of a file: the key, or `{"key": …, "expires": …}`. Undefined for an empty line. A key that
 * no integer of an event is written like (`007`, `1.0`) would be on the list and never match.
 */
export function entryOfLine(line: string, type: KeyType = 'string'): ListEntry | undefined {
  const entry = lineEntry(line);
  return entry === undefined ? undefined : ofType(entry, type);
}

function lineEntry(line: string): ListEntry | undefined {
  const text = line.trim();
  if (text === '') return undefined;
  // Other encodings, such as UTF-16, would give keys that no event has.
  if (text.includes('\ufffd') || text.includes('\0')) return wrong('the line is not UTF-8');
  if (!text.startsWith('{')) return { is: 'key', key: text, expires: Infinity };
  const fields = parsed(text);
  if (fields === undefined) return wrong('the line starts with { and is not a JSON object');
  const { key } = fields;
  if (typeof key === 'number' && Number.isSafeInteger(key))
    return withExpiry(String(key), fields['expires']);
  if (typeof key !== 'string' || key === '') return wrong('the line has no "key"');
  if (!key.isWellFormed()) return wrong('the "key" has half of a character');
  return withExpiry(key, fields['expires']);
}

/**
 * A record of a compacted topic: its key as UTF-8, and a value that is empty or `{"expires": …}`. A
 * null value removes the key.
 */
export function entryOfRecord(
  key: Buffer | null,
  value: Buffer | null,
  type: KeyType = 'string',
): ListEntry {
  return ofType(recordEntry(key, value), type);
}

function recordEntry(key: Buffer | null, value: Buffer | null): ListEntry {
  if (key === null || key.length === 0) return wrong('the record has no key');
  const name = utf8(key);
  if (name === undefined) return wrong('the key is not UTF-8');
  if (value === null) return { is: 'removed', key: name };
  if (value.length === 0) return { is: 'key', key: name, expires: Infinity };
  const text = utf8(value);
  const fields = text === undefined ? undefined : parsed(text);
  if (fields === undefined) return wrong('the value is neither empty nor a JSON object');
  return withExpiry(name, fields['expires']);
}

/** As `String` writes a 64-bit integer. */
const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/;

function ofType(entry: ListEntry, type: KeyType): ListEntry {
  if (type === 'string' || entry.is !== 'key' || INTEGER.test(entry.key)) return entry;
  return wrong(
    'the key is not an integer such as 7 or -12, and the field of the list has integers',
  );
}

const wrong = (what: string): ListEntry => ({ is: 'wrong', what });

/** A time: ms since 1970, or a date with its time zone. Without one, the key does not expire. */
function withExpiry(key: string, written: unknown): ListEntry {
  if (written === undefined || written === null) return { is: 'key', key, expires: Infinity };
  const expires = typeof written === 'string' ? timeOf(written) : written;
  if (typeof expires !== 'number' || !Number.isFinite(expires))
    return wrong('"expires" is neither a number of ms nor a time such as 2026-12-31T00:00:00Z');
  // Seconds of 2001 and later are ms of 1970. The key would be on the list and never match.
  if (typeof written === 'number' && expires >= 1e9 && expires < 1e11)
    return wrong('"expires" is a number of seconds, and has to be one of ms');
  return { is: 'key', key, expires };
}

/** NaN for a day that does not exist, which `Date.parse` takes for one of the next month. */
function timeOf(written: string): number {
  const [date] = written.split('T');
  const day = Date.parse(`${date}T00:00:00Z`);
  const exists = WITH_ZONE.test(written) && !Number.isNaN(day);
  return exists && new Date(day).toISOString().startsWith(date!) ? Date.parse(written) : NaN;
}

const WITH_ZONE = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)$/;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(bytes: Buffer): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
