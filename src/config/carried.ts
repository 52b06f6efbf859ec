import type { Settings } from './settings.ts';

type Carry = Settings['output']['carry'];

/** How a carried field is protected. */
export type Protection = { readonly hash: true } | { readonly keepLast: number };

/** The paths of `output.carry`. */
export function carriedPaths(carry: Carry): readonly string[] {
  return carry.map((entry) => (typeof entry === 'string' ? entry : entry.field));
}

/** The fields whose values must not be read, by their paths. */
export function protectedPaths(carry: Carry): ReadonlyMap<string, Protection> {
  return new Map(
    carry.flatMap((entry): [string, Protection][] => {
      if (typeof entry === 'string') return [];
      const { field, keepLast } = entry;
      return [[field, keepLast === undefined ? { hash: true } : { keepLast }]];
    }),
  );
}
