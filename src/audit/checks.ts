/** One field of a score record, then and now. */
export interface Check {
  readonly field: string;
  readonly recorded: unknown;
  readonly recomputed: unknown;
  readonly result: 'same' | 'differs' | 'not compared';
  /** Why it was not compared, or what the difference is. */
  readonly why?: string;
}

/** A score record, taken apart. */
export interface ScoreFields {
  /** The number with all its bits: JSON has no NaN and no negative zero. */
  readonly score: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface CheckOptions {
  /** Scores may differ by this much. 0: they have to be the same, bit for bit. */
  readonly tolerance?: number;
  /** Why a field is not compared; undefined: it is. */
  readonly without?: (field: string) => string | undefined;
  /** Why a field means the same, although it is written differently; undefined: it does not. */
  readonly alike?: (field: string) => string | undefined;
}

/** When the event was scored: never the same. */
const TIME = 'scoredAt';

/** Compares what was recorded with what was recomputed, field by field. */
export function checkScore(
  recorded: ScoreFields,
  recomputed: ScoreFields,
  { tolerance = 0, without = () => undefined, alike = () => undefined }: CheckOptions = {},
): Check[] {
  const names = new Set([...Object.keys(recorded.fields), ...Object.keys(recomputed.fields)]);
  names.delete(TIME);
  return [...names].map((field): Check => {
    const then = recorded.fields[field];
    const now = recomputed.fields[field];
    const both = { field, recorded: then ?? null, recomputed: now ?? null };
    const why =
      without(field) ??
      (then === undefined ? 'the record has no such field' : undefined) ??
      (now === undefined ? 'this version of the program has no such field' : undefined);
    if (why !== undefined) return { ...both, result: 'not compared', why };
    if (field === 'score') return { ...both, ...checkNumber(recorded, recomputed, tolerance) };
    if (field === 'event') return checkCarried(then, now);
    if (isSame(then, now)) return { ...both, result: 'same' };
    const meant = alike(field);
    return meant === undefined
      ? { ...both, result: 'differs' }
      : { ...both, result: 'same', why: meant };
  });
}

function checkNumber(
  { score: then }: ScoreFields,
  { score: now }: ScoreFields,
  tolerance: number,
): Pick<Check, 'result' | 'why'> {
  if (Object.is(then, now)) return { result: 'same' };
  const apart = Math.abs(then - now);
  const why = `they differ by ${apart.toPrecision(3)}`;
  return apart <= tolerance ? { result: 'same', why } : { result: 'differs', why };
}

/** Which fields are carried is a matter of the configuration: those of both records are compared. */
function checkCarried(then: unknown, now: unknown): Check {
  const [old, own] = [then, now] as [Record<string, unknown>, Record<string, unknown>];
  const shared = Object.keys(old).filter((name) => Object.hasOwn(own, name));
  const different = shared.filter((name) => !isSame(old[name], own[name]));
  const others = Object.keys({ ...old, ...own }).length - shared.length;
  const check = { field: 'event', recorded: then, recomputed: now };
  if (different.length > 0)
    return { ...check, result: 'differs', why: `carried fields: ${different.join(', ')}` };
  const why = `${others} carried ${others === 1 ? 'field is' : 'fields are'} only in one of them`;
  return { ...check, result: 'same', ...(others === 0 ? {} : { why }) };
}

/** Both were made from Avro bytes in the order of a schema; a map may have another order. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b));
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== 'object' || isRaw(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, own]) => [name, inOrder(own)]),
  );
}

/** A number with more digits than a double has. */
const { isRawJSON: isRaw } = JSON as unknown as {
  readonly isRawJSON: (value: unknown) => boolean;
};
