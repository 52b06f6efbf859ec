/**
 * Where the program is to listen if its configuration does not say. An image sets it: a port of a
 * container is published from outside, where 127.0.0.1 is somebody else's.
 */
const HTTP_HOST = 'STREAM_SCORER_HTTP_HOST';

/** The tree of a configuration with what the environment says of keys that it leaves out. */
export function withEnvironment(
  tree: unknown,
  env: Readonly<Record<string, string | undefined>>,
): unknown {
  const host = env[HTTP_HOST];
  if (host === undefined || host === '' || !isObject(tree)) return tree;
  const http = tree['http'] ?? {};
  // What is no section is reported as that; a host that is written down stands.
  if (!isObject(http) || (http['host'] ?? undefined) !== undefined) return tree;
  return { ...tree, http: { ...http, host } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
