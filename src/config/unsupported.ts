import type { Settings } from './settings.ts';

export interface Unsupported {
  readonly path: string;
  readonly what: string;
}

/** Keys without an effect in this version, and whether they are set: none at present. */
const KEYS: readonly (Unsupported & { readonly isSet: (settings: Settings) => boolean })[] = [];

/** Keys that are valid and set, but have no effect in this version. */
export function unsupported(settings: Settings): Unsupported[] {
  return KEYS.filter(({ isSet }) => isSet(settings)).map(({ path, what }) => ({ path, what }));
}
