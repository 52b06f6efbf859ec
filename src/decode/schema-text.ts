type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

const WHOLE = /^-?\d+$/;

/** Numbers that a double would round stay bigints, such as defaults of longs. */
const exact: Reviver = (_key, value, context) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && WHOLE.test(context.source ?? '')
    ? BigInt(context.source!)
    : value;

/** The JSON of a schema text. A plain name, and a parsed schema, are returned unchanged. */
export function parseText(schema: unknown): unknown {
  if (typeof schema !== 'string' || !/^\s*[[{"]/.test(schema)) return schema;
  return JSON.parse(schema, exact as Parameters<typeof JSON.parse>[1]) as unknown;
}
