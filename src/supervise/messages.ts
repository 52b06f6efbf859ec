import type { ErrorCode } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../flow/http.ts';
import type { MetricSnapshot } from '../observe/merged-metrics.ts';

/** What supervisor and processes say to each other, over the channel between them. */

export type ToMember =
  | { readonly kind: 'report'; readonly id: number }
  /** A request that came over HTTP; `route`: see `nameOf`. */
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly route: string;
      readonly request: HttpRequest;
    }
  /** Those of its siblings that are coming are about to join as well: it may. */
  | { readonly kind: 'join' }
  | { readonly kind: 'stop' };

export interface Report {
  /** As the probes of a process alone would say it. */
  readonly live: string | undefined;
  readonly ready: string | undefined;
  readonly metrics: readonly MetricSnapshot[];
}

export type FromMember =
  /** It is configured, its model is loaded, and it waits for the word to join the group. */
  | { readonly kind: 'started' }
  | ({ readonly kind: 'report'; readonly id: number } & Report)
  | { readonly kind: 'response'; readonly id: number; readonly response: HttpResponse }
  /** It is about to end with this code of the error table. */
  | { readonly kind: 'failed'; readonly code: ErrorCode };

/** The supervisor, as a process that it started sees it. */
export interface Supervisor {
  send(message: FromMember): void;
  /**
   * Called with every message; the process is told to stop by itself when the supervisor is gone.
   */
  listen(onMessage: (message: ToMember) => void): void;
}
