import type { Socket } from 'node:net';

/** What of a kafkajs request queue says how long its connection has been silent. */
export interface SilentQueue {
  /** Longest time that a request waits for its answer, ms. */
  readonly requestTimeout: number;
  readonly inflight: Map<number, SentRequest>;
  /** When the last bytes came over the connection, ms since the epoch. */
  heardAt?: number;
}

interface SentRequest {
  readonly sentAt: number;
  /** Longest time that is waited for its answer, ms. */
  readonly requestTimeout: number;
  /** Time that kafkajs asks for with a request of this kind, ms. */
  readonly askedMs?: number | undefined;
  readonly entry: { readonly apiName: string };
}

/**
 * A broker answers these at once, or has an answer within a fetch's wait of a quarter of a second.
 */
const AT_ONCE_PART = 6;
/**
 * Where requests have less time than usual, still this much: a busy machine is silent for seconds,
 * too.
 */
const MIN_MS = 4000;
/** Of a request's time, where that is less still: silence is found before the request runs out. */
const MAX_PART = 0.5;
/** A broker answers these when others have done their part: replicas, or the leader of a group. */
const AFTER_OTHERS_PART = 2;
const AFTER_OTHERS = new Set(['Produce', 'SyncGroup']);
/** A join is answered when all members have come. */
const OWN_TIME = new Set(['JoinGroup']);
/** How long after one connection was found dead the others are suspected. */
const SUSPECT_MS = 10_000;

/**
 * Finds connections that died without a word: a host that is gone, a NAT or firewall that forgot
 * them. Nothing says so but the silence: requests are under way and no byte comes. The time that is
 * waited depends on what was asked, because a broker works on one request of a connection at a
 * time. Where one connection is dead, the others mostly are: those that carry no request are closed
 * with it, and writes are not given more time than reads.
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

  /** The request that the connection owes an answer to for too long, or undefined. */
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
   * A connection was dead: others that carry no request are closed, so that nobody waits for them
   * to be found.
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
