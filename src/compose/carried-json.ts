import { scoreJson } from './avro-score-json.ts';

const WIRE_PREFIX_BYTES = 5;

type Reviver = (key: string, value: unknown, context: { readonly source: string }) => unknown;
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** Makes the function that returns the carried fields of a score record. Longs keep their digits. */
export function carriedJson(scoreSchema: object): (record: Buffer) => unknown {
  const json = scoreJson(scoreSchema);
  const exact: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
      ? rawJSON(source)
      : value;
  return (record) => {
    const text = json(record.subarray(WIRE_PREFIX_BYTES));
    return (JSON.parse(text, exact as Parameters<typeof JSON.parse>[1]) as { event: unknown })
      .event;
  };
}
