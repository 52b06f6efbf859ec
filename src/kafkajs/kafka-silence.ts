import type { Socket } from 'node:net';

/** The fields of a kafkajs request queue that show how long its connection has been silent. */
export interface SilentQueue {
  /** Longest time that a request waits for its answer, ms. */
  readonly requestTimeout: number;
  readonly inflight: Map<number, SentRequest>;
  /** When the last bytes came over the connection, ms since the epoch. */
  heardAt?: number;
}

interface SentRequest {
  readonly sentAt: number;
  /** Longest time to wait for its answer, ms. */
  readonly requestTimeout: number;
  /** The timeout of kafkajs for a request of this kind, ms. */
  readonly askedMs?: number | undefined;
  readonly entry: { readonly apiName: string };
}

/** A broker answers these at once, or within a quarter of a second for a fetch. */
const AT_ONCE_PART = 6;
/**
 * If requests have less time than usual, this much remains: a busy machine may be silent for
 * seconds.
 */
const MIN_MS = 4000;
/**
 * Share of the timeout of a request, if this is even less: silence is detected before the request
 * times out.
 */
const MAX_PART = 0.5;
/** A broker answers these after others have done their part: replicas, or the leader of a group. */
const AFTER_OTHERS_PART = 2;
const AFTER_OTHERS = new Set(['Produce', 'SyncGroup']);
/** A join is answered when all members have joined. */
const OWN_TIME = new Set(['JoinGroup']);
/** How long after one dead connection the others are suspected. */
const SUSPECT_MS = 10_000;

/**
 * Finds connections that died without an error: a lost host, or a NAT or firewall that forgot them.
 * Only the silence shows it: requests are in progress and no byte arrives. The waiting time depends
 * on the request, because a broker works on one request of a connection at a time. If one
 * connection is dead, the others usually are too: those without a request are closed with it, and
 * writes get no more time than reads.
 */
export class Silence {
  readonly #connections = new Map<Socket, SilentQueue>();
  readonly #now: () => number;
  #foundAt = -Infinity;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  opened(socket: Socket, queue: SilentQueue): void {
    queue.heardAt = this.#now();
    this.#connections.set(socket, queue);
    socket.once('close', () => this.#connections.delete(socket));
  }

  /** The request whose answer is overdue on this connection, or undefined. */
  of(queue: SilentQueue): string | undefined {
    let [oldest, limit] = [Infinity, 0];
    let longest: SentRequest | undefined;
    for (const request of queue.inflight.values()) {
      if (this.#now() - request.sentAt > request.requestTimeout) return request.entry.apiName;
      oldest = Math.min(oldest, request.sentAt);
      const own = this.#limit(request, queue);
      if (own > limit) [limit, longest] = [own, request];
    }
    const since = Math.max(oldest, queue.heardAt ?? oldest);
    return this.#now() - since > limit ? longest?.entry.apiName : undefined;
  }

  /**
   * A connection was dead. Others without a request are closed, so nobody has to wait until they
   * are found.
   */
  found(dead: Socket): void {
    this.#foundAt = this.#now();
    for (const [socket, queue] of this.#connections) {
      if (socket !== dead && queue.inflight.size === 0)
        socket.destroy(new Error('another connection to the broker did not answer'));
    }
  }

  #limit({ entry, askedMs }: SentRequest, queue: SilentQueue): number {
    if (OWN_TIME.has(entry.apiName)) return askedMs ?? queue.requestTimeout;
    const suspected = this.#now() - this.#foundAt < SUSPECT_MS;
    if (AFTER_OTHERS.has(entry.apiName) && !suspected)
      return queue.requestTimeout / AFTER_OTHERS_PART;
    const { requestTimeout } = queue;
    return Math.max(requestTimeout / AT_ONCE_PART, Math.min(requestTimeout * MAX_PART, MIN_MS));
  }
}
