import type { ErrorCode } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../flow/http.ts';
import type { MetricSnapshot } from '../observe/merged-metrics.ts';

/** The messages between the supervisor and its processes. */

export type ToMember =
  | { readonly kind: 'report'; readonly id: number }
  /** An HTTP request; `route`: see `nameOf`. */
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly route: string;
      readonly request: HttpRequest;
    }
  /** The other processes are also about to join: it may join the group. */
  | { readonly kind: 'join' }
  | { readonly kind: 'stop' };

export interface Report {
  /** As the probes of a single process would say it. */
  readonly live: string | undefined;
  readonly ready: string | undefined;
  readonly metrics: readonly MetricSnapshot[];
}

export type FromMember =
  /** It is configured, its model is loaded, and it waits until it may join the group. */
  | { readonly kind: 'started' }
  | ({ readonly kind: 'report'; readonly id: number } & Report)
  | { readonly kind: 'response'; readonly id: number; readonly response: HttpResponse }
  /** It is about to end with this error code. */
  | { readonly kind: 'failed'; readonly code: ErrorCode };

/** The supervisor, as seen by one of its processes. */
export interface Supervisor {
  send(message: FromMember): void;
  /** Called with every message. The process is told to stop when the supervisor is gone. */
  listen(onMessage: (message: ToMember) => void): void;
}
