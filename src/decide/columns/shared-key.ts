import type { Typed } from '../cel/typed.ts';

/**
 * What two expressions share if they are the same. `idOf` stands for a part, so that the key of a
 * long expression is short.
 */
export function sharedKey(node: Typed, idOf: (part: Typed) => number): string {
  return JSON.stringify(node, (name, value: unknown) => {
    if (PARTS.has(name)) return idOf(value as Typed);
    switch (typeof value) {
      case 'bigint':
        return { int: String(value) };
      case 'number':
        return { double: Object.is(value, -0) ? '-0' : String(value) };
      default:
        return value;
    }
  });
}

const PARTS: ReadonlySet<string> = new Set(['when', 'a', 'b']);
