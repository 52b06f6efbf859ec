import type { Settings } from './settings.ts';

export interface Unsupported {
  readonly path: string;
  readonly what: string;
}

/** Keys that are valid and set, but have no effect in this version. */
export function unsupported(settings: Settings): Unsupported[] {
  const { explain } = settings;
  const all = [
    { set: explain !== undefined, path: 'explain', what: 'decisions are written without reasons' },
  ];
  return all.filter(({ set }) => set).map(({ path, what }) => ({ path, what }));
}
