import type { Fates } from '../flow/fates.ts';
import { countMarks, isMarked, type ProfileMarks } from '../flow/profile-marks.ts';
import { putBytes } from '../flow/record-view.ts';
import type { ReasonName, Reasons, ReasonValue } from '../flow/reasons.ts';
import { LONG_BYTES, nullableStringBytes, stringBytes, writeLong } from './avro-bytes.ts';

/** Writes the fields `reasons` and `outOfProfile` of a row at `at`, and returns the end. */
export interface WhyWriter {
  /** Bytes of all living rows together, at most. */
  readonly bytes: number;
  readonly write: (into: Buffer, view: DataView, at: number, row: number) => number;
}

/** Of an event that is not compared with a profile. */
const NULL_BYTES = 1;
/** The union's second branch, an array, and the end of its blocks. */
const EMPTY_BYTES = 2;

const DOUBLE_BYTES = 8;

/** Writes no array as a block, and any other one as one block, so that it ends with a 0. */
export function whyWriter(
  reasons: Reasons | undefined,
  marks: ProfileMarks | undefined,
  fates: Fates,
): WhyWriter {
  // most rows have no reasons and most batches no marks, so only the others take further calls
  const why = reasons && reasonsWriter(reasons, fates);
  const outside = marks && (areEmpty(marks) ? undefined : marksWriter(marks, fates));
  const starts = reasons?.starts;
  const isCompared = marks !== undefined;
  return {
    bytes:
      (why?.bytes ?? fates.alive) +
      (outside?.bytes ?? (isCompared ? EMPTY_BYTES : NULL_BYTES) * fates.alive),
    write: (into, view, at, row) => {
      if (starts === undefined || starts[row] === starts[row + 1]) into[at++] = 0;
      else at = why!.write(into, view, at, row);
      if (outside !== undefined) return outside.write(into, view, at, row);
      if (isCompared) into[at++] = 2; // the union's second branch: an array, which is empty
      into[at] = 0;
      return at + 1;
    },
  };
}

function reasonsWriter(
  { names, starts, name, value, contribution }: Reasons,
  fates: Fates,
): WhyWriter {
  const parts = once(REASONS, names, () =>
    names.map(({ feature, code }) => [stringBytes(feature), nullableStringBytes(code)] as const),
  );
  // the end of each row, and as if each reason were the only one of its row
  let bytes = fates.alive;
  for (let i = 0; i < name.length; i++) {
    const [feature, code] = parts[name[i]!]!;
    bytes += LONG_BYTES + feature.length + valueBytes(value[i]!) + DOUBLE_BYTES + code.length;
  }
  return {
    bytes,
    write: (into, view, at, row) => {
      const [start, end] = [starts[row]!, starts[row + 1]!];
      if (end > start) at = writeLong(into, at, end - start);
      for (let i = start; i < end; i++) {
        const [feature, code] = parts[name[i]!]!;
        at = put(into, at, feature);
        at = putValue(into, view, at, value[i]!);
        view.setFloat64(at, contribution[i]!, true);
        at = put(into, at + DOUBLE_BYTES, code);
      }
      into[at] = 0; // end of the array's blocks
      return at + 1;
    },
  };
}

function valueBytes(value: ReasonValue): number {
  if (value === null) return 1;
  return typeof value === 'number' ? 1 + DOUBLE_BYTES : 1 + LONG_BYTES + Buffer.byteLength(value);
}

/** The union [null, double, string]. */
function putValue(into: Buffer, view: DataView, at: number, value: ReasonValue): number {
  if (value === null) {
    into[at] = 0;
    return at + 1;
  }
  if (typeof value === 'number') {
    into[at] = 2;
    view.setFloat64(at + 1, value, true);
    return at + 1 + DOUBLE_BYTES;
  }
  into[at] = 4;
  const start = writeLong(into, at + 1, Buffer.byteLength(value));
  return start + into.write(value, start);
}

function areEmpty({ bits }: ProfileMarks): boolean {
  let all = 0;
  for (let word = 0; word < bits.length; word++) all |= bits[word]!;
  return all === 0;
}

function marksWriter(marks: ProfileMarks, fates: Fates): WhyWriter {
  const names = once(FIELDS, marks.names, () => marks.names.map(stringBytes));
  let bytes = 0;
  for (let row = 0; row < fates.rows; row++) {
    if (!fates.isAlive(row)) continue;
    bytes += EMPTY_BYTES;
    if (countMarks(marks, row) === 0) continue;
    bytes += LONG_BYTES;
    for (const [i, name] of names.entries()) if (isMarked(marks, row, i)) bytes += name.length;
  }
  return {
    bytes,
    write: (into, _view, at, row) => {
      into[at++] = 2; // the union's second branch: an array
      const count = countMarks(marks, row);
      if (count > 0) {
        at = writeLong(into, at, count);
        for (let i = 0; i < names.length; i++)
          if (isMarked(marks, row, i)) at = put(into, at, names[i]!);
      }
      into[at] = 0; // end of the array's blocks
      return at + 1;
    },
  };
}

/** The names of a version are encoded once: they are the same object in every batch. */
const REASONS = new WeakMap<readonly ReasonName[], readonly (readonly [Buffer, Buffer])[]>();
const FIELDS = new WeakMap<readonly string[], readonly Buffer[]>();

function once<Key extends object, Value>(
  known: WeakMap<Key, Value>,
  key: Key,
  make: () => Value,
): Value {
  let value = known.get(key);
  if (value === undefined) known.set(key, (value = make()));
  return value;
}

function put(into: Buffer, at: number, bytes: Buffer): number {
  return putBytes(into, at, bytes, 0, bytes.length);
}
