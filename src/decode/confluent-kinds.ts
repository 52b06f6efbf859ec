/** The Confluent API of Apicurio, below the address that both of its APIs share. */
const COMPATIBLE_API = /\/apis?\/ccompat(?:\/.*)?$/;

/**
 * The paths of Apicurio's own API for schemas with another id than Confluent's, newer version
 * first.
 */
export function otherKindUrls(base: URL | null, kind: string, id: string): readonly URL[] {
  if (base === null) return [];
  const prefix = COMPATIBLE_API.test(base.pathname)
    ? base.pathname.replace(COMPATIBLE_API, '')
    : '';
  const url = (version: string, query: string): URL =>
    new URL(`${prefix}/apis/registry/${version}/ids/${kind}s/${id}?${query}`, base.origin);
  // These queries include the references of a schema in the answer.
  return [
    url('v3', 'references=DEREFERENCE&returnArtifactType=true'),
    url('v2', 'dereference=true'),
  ];
}
