/**
 * Why a value cannot be read. One object per code, without a stack trace: a topic full of such
 * values must stay cheap.
 */
export interface ReadError {
  readonly code: ReadCode;
  readonly message: string;
}

export type ReadCode =
  | 'AVRO_TRUNCATED'
  | 'AVRO_TRAILING_BYTES'
  | 'AVRO_COUNT_TOO_LARGE'
  | 'AVRO_TOO_DEEP'
  | 'AVRO_INVALID'
  | 'FIELD_TYPE'
  | 'FIELD_MISSING';

/** Deepest nesting of unions, arrays, maps and recursive records in one value. */
export const MAX_DEPTH = 64;

/**
 * Most elements without a byte (nulls, empty records) in one value. Only their count is in the
 * bytes, so nothing else limits them.
 */
export const MAX_EMPTY = 1_000_000;

/** Most bytes of one carried field after defaults were added. */
export const MAX_REWRITTEN = 16 * 1024 * 1024;

const all = new Set<unknown>();

function error(code: ReadCode, message: string): ReadError {
  const made = { code, message };
  all.add(made);
  return made;
}

export const TRUNCATED = error('AVRO_TRUNCATED', 'the value ends inside a field');
export const TRAILING = error('AVRO_TRAILING_BYTES', 'bytes are left after the last field');
export const COUNT = error(
  'AVRO_COUNT_TOO_LARGE',
  'an array or map claims more entries than the remaining bytes can hold',
);
export const DEEP = error(
  'AVRO_TOO_DEEP',
  `the value is nested more than ${MAX_DEPTH} levels deep`,
);
export const VARINT = error('AVRO_INVALID', 'a number takes more than 10 bytes');
export const LENGTH = error('AVRO_INVALID', 'a length is negative');
export const BRANCH = error('AVRO_INVALID', 'a union has no branch with the index that was read');
export const SYMBOL = error('AVRO_INVALID', 'an enum has no symbol with the index that was read');
export const BLOCK = error(
  'AVRO_INVALID',
  'a block of an array or map does not have the length that it declares',
);
export const INT = error('AVRO_INVALID', 'an int takes more than 5 bytes');
export const UTF8 = error('AVRO_INVALID', 'a string is not UTF-8');
export const EMPTY = error(
  'AVRO_COUNT_TOO_LARGE',
  `a carried field has more than ${MAX_EMPTY} elements that take no bytes`,
);
export const GROWN = error(
  'AVRO_COUNT_TOO_LARGE',
  `a carried field takes more than ${MAX_REWRITTEN} bytes with the defaults of the subject's latest schema`,
);
export const LACKING = error(
  'FIELD_MISSING',
  'a carried field is not in this branch of a union, and has no default',
);
export const UNRESOLVED = error(
  'FIELD_TYPE',
  "a carried field has a type, branch or symbol that the subject's latest schema does not have",
);

export const isWalkError = (thrown: unknown): thrown is ReadError => all.has(thrown);

export function fail(reason: ReadError): never {
  throw reason; // eslint-disable-line @typescript-eslint/only-throw-error -- a shared object instead of an Error: no stack
}
