import { scoreJson } from './avro-score-json.ts';
import { WIRE_PREFIX_BYTES } from '../flow/wire-prefix.ts';

type Reviver = (key: string, value: unknown, context: { readonly source: string }) => unknown;
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

const exact: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
    ? rawJSON(source)
    : value;

/**
 * Makes the function that turns a score record into an object. Longs keep their digits; a number
 * that JSON does not have is null.
 */
export function scoreObject(
  scoreSchema: object,
): (record: Buffer) => Readonly<Record<string, unknown>> {
  const json = scoreJson(scoreSchema);
  return (record) =>
    JSON.parse(
      json(record.subarray(WIRE_PREFIX_BYTES)),
      exact as Parameters<typeof JSON.parse>[1],
    ) as Readonly<Record<string, unknown>>;
}

/** Makes the function that returns the carried fields of a score record. */
export function carriedJson(scoreSchema: object): (record: Buffer) => unknown {
  const object = scoreObject(scoreSchema);
  return (record) => object(record)['event'];
}
