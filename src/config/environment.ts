/**
 * The address to listen on if the configuration does not name one. An image sets it: the port of a
 * container is published from outside, and 127.0.0.1 is not reachable there.
 */
const HTTP_HOST = 'STREAM_SCORER_HTTP_HOST';

/** The tree of a configuration, with the values that the environment gives for missing keys. */
export function withEnvironment(
  tree: unknown,
  env: Readonly<Record<string, string | undefined>>,
): unknown {
  const host = env[HTTP_HOST];
  if (host === undefined || host === '' || !isObject(tree)) return tree;
  const http = tree['http'] ?? {};
  // A value that is not a section is reported elsewhere. A host in the file is kept.
  if (!isObject(http) || (http['host'] ?? undefined) !== undefined) return tree;
  return { ...tree, http: { ...http, host } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
