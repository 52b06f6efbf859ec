import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * A module that kafkajs does not export. Only this function loads one, so nothing internal is
 * loaded before the version is known.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- who asks knows what it is
export function inside<T>(path: string): T {
  return require(`kafkajs/src/${path}`) as T;
}

/** From now on everyone who loads the module gets the replacement. */
export function replaceInside<T>(path: string, make: (original: T) => T): void {
  const original = inside<T>(path);
  require.cache[require.resolve(`kafkajs/src/${path}`)]!.exports = make(original);
}

/** Undefined if the package has no version. */
export function installedVersion(): string | undefined {
  try {
    return (require('kafkajs/package.json') as { version?: string }).version;
  } catch {
    return undefined;
  }
}
