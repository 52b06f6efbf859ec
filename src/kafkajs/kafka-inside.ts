import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Some modules are needed for each request, and `require` resolves their path each time. */
const modules = new Map<string, unknown>();

/**
 * A module that kafkajs does not export. Only this function loads one, so nothing internal is
 * loaded before the version is known.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- who asks knows what it is
export function inside<T>(path: string): T {
  const known = modules.get(path);
  if (known !== undefined) return known as T;
  const loaded = require(`kafkajs/src/${path}`) as T;
  modules.set(path, loaded);
  return loaded;
}

/** From now on everyone who loads the module gets the replacement. */
export function replaceInside<T>(path: string, make: (original: T) => T): void {
  const replacement = make(inside<T>(path));
  require.cache[require.resolve(`kafkajs/src/${path}`)]!.exports = replacement;
  modules.set(path, replacement);
}

/** Undefined if the package has no version. */
export function installedVersion(): string | undefined {
  try {
    return (require('kafkajs/package.json') as { version?: string }).version;
  } catch {
    return undefined;
  }
}
