/**
 * Record headers by name, in the form of kafkajs: a name may occur several times, and a value may
 * be null.
 */
export type Headers = Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;
export type HeaderValue = Buffer | string;
export type Header = readonly [name: string, value: HeaderValue | null];

/**
 * The original list of headers, if an object by name loses their order: a name occurs twice with
 * another one in between, or it looks like a number, which objects put first.
 */
const IN_ORDER = Symbol('in order');

/**
 * Converts a list to headers by name, and keeps the list if its order would be lost. Takes linear
 * time.
 */
export function headersByName(list: readonly Header[]): Headers {
  const byName: Record<string, HeaderValue | HeaderValue[]> = {};
  let last: string | undefined;
  let ordered = true;
  for (const [name, value] of list) {
    const before = Object.hasOwn(byName, name) ? byName[name] : undefined;
    if (name !== last) ordered &&= before === undefined && !isDigit(name.charCodeAt(0));
    last = name;
    if (Array.isArray(before)) {
      before.push(value as HeaderValue);
      continue;
    }
    const all = before === undefined ? value : [before, value];
    // A header may be called __proto__.
    Object.defineProperty(byName, name, {
      value: all,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  // Not enumerable: kafkajs and printed output see only names and values.
  if (!ordered) Object.defineProperty(byName, IN_ORDER, { value: list });
  return byName;
}

/** Every header, in the order of the record. */
export function headersInOrder(headers: Headers): readonly Header[] {
  const kept = (headers as { readonly [IN_ORDER]?: readonly Header[] })[IN_ORDER];
  if (kept !== undefined) return kept;
  const list: Header[] = [];
  for (const [name, values] of Object.entries(headers)) {
    if (Array.isArray(values))
      for (const value of values as readonly HeaderValue[]) list.push([name, value]);
    else if (values !== undefined) list.push([name, values as HeaderValue | null]);
  }
  return list;
}

/** The last value of a name, which Kafka's serializers use. Undefined if there is none. */
export function lastHeader(headers: Headers, name: string): HeaderValue | undefined {
  const values = Object.hasOwn(headers, name) ? headers[name] : undefined;
  const last = (Array.isArray(values) ? values.at(-1) : values) as HeaderValue | null | undefined;
  return last ?? undefined;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
