/** A request to one of the service's routes, whichever process answers it. */
export interface HttpRequest {
  /** What the path's parameters (`:name`) and the query hold. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As it came; undefined where there is none. */
  readonly body: Uint8Array | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What is known of a route without what answers it. */
export interface RouteSpec {
  readonly method: 'GET' | 'POST';
  /** `:name` stands for any segment. */
  readonly path: string;
  /** Answered without the token of `http.token`. */
  readonly open?: boolean;
  /** Longest body; 1 MiB by default. */
  readonly bodyLimitBytes?: number;
}

export interface Route extends RouteSpec {
  readonly handle: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;
}

/** How a route is called between processes: `POST /score`. */
export const nameOf = ({ method, path }: RouteSpec): string => `${method} ${path}`;
