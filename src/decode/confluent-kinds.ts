/** Confluent's API at Apicurio, below the address that both of its APIs share. */
const COMPATIBLE_API = /\/apis?\/ccompat(?:\/.*)?$/;

/**
 * Where Apicurio's own API has schemas by another number than Confluent's id, its newer version
 * first.
 */
export function otherKindUrls(base: URL | null, kind: string, id: string): readonly URL[] {
  if (base === null) return [];
  const prefix = COMPATIBLE_API.test(base.pathname)
    ? base.pathname.replace(COMPATIBLE_API, '')
    : '';
  const url = (version: string, query: string): URL =>
    new URL(`${prefix}/apis/registry/${version}/ids/${kind}s/${id}?${query}`, base.origin);
  // What a schema refers to comes within it.
  return [
    url('v3', 'references=DEREFERENCE&returnArtifactType=true'),
    url('v2', 'dereference=true'),
  ];
}
