/** A request to a route of the service, in whichever process. */
export interface HttpRequest {
  /** The parameters of the path (`:name`) and of the query. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The unchanged body; undefined if there is none. */
  readonly body: Uint8Array | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A route without its handler. */
export interface RouteSpec {
  readonly method: 'GET' | 'POST';
  /** `:name` stands for any segment. */
  readonly path: string;
  /** The route needs no token (`http.token`). */
  readonly open?: boolean;
  /** Longest body; 1 MiB by default. */
  readonly bodyLimitBytes?: number;
}

export interface Route extends RouteSpec {
  readonly handle: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;
}

/** The name of a route between processes: `POST /score`. */
export const nameOf = ({ method, path }: RouteSpec): string => `${method} ${path}`;
