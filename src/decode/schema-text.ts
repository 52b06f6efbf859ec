type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

const WHOLE = /^-?\d+$/;

/** Numbers that a double would round are kept as bigints: defaults of longs are. */
const exact: Reviver = (_key, value, context) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && WHOLE.test(context.source ?? '')
    ? BigInt(context.source!)
    : value;

/** The JSON of a schema's text; a name alone, and what has been parsed, are left as they are. */
export function parseText(schema: unknown): unknown {
  if (typeof schema !== 'string' || !/^\s*[[{"]/.test(schema)) return schema;
  return JSON.parse(schema, exact as Parameters<typeof JSON.parse>[1]) as unknown;
}
