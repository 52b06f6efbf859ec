/** Addresses of an MLflow server. Its URL may have a path, such as that of a proxy. */
export class MlflowAddress {
  readonly #base: URL;
  readonly #root: string;

  constructor(registryUri: string) {
    this.#base = new URL(registryUri);
    this.#root = registryUri.replace(/\/+$/, '');
  }

  get origin(): string {
    return this.#base.origin;
  }

  /** A request to the REST API. */
  api(path: string, query: Readonly<Record<string, string>>): URL {
    return this.#at(`/api/2.0/mlflow/${path}`, query);
  }

  /**
   * A file below an artifact location. `mlflow-artifacts:` is what the server hands out itself. It
   * reads other locations for its own pages, if it has access to them.
   */
  artifact(
    location: string,
    file: string,
    { name, version }: { readonly name: string; readonly version: string },
  ): URL | undefined {
    const proxied = /^mlflow-artifacts:(?:\/\/([^/]*))?\/*(.*)$/s.exec(location);
    if (proxied === null)
      return this.#at('/model-versions/get-artifact', { name, version, path: file });
    const [, host = '', path = ''] = proxied;
    const parts = `${path}/${file}`.split('/').filter((part) => part !== '');
    if (parts.some((part) => part === '.' || part === '..')) return undefined;
    const url = this.#at(
      `/api/2.0/mlflow-artifacts/artifacts/${parts.map(encodeURIComponent).join('/')}`,
      {},
    );
    if (host === '') return url;
    return URL.parse(`${url.protocol}//${host}${url.pathname}`) ?? undefined;
  }

  #at(path: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(`${this.#root}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }
}

/** Whether the server hands out the artifacts there itself. */
export function isProxied(location: string): boolean {
  return location.startsWith('mlflow-artifacts:');
}

/** A location in a run, which only the server can resolve. */
export function inRun(
  location: string,
): { readonly run: string; readonly path: string } | undefined {
  const [, run, path] = /^runs:\/+([^/]+)\/*(.*)$/s.exec(location) ?? [];
  return run === undefined ? undefined : { run, path: path ?? '' };
}
