import type { Random } from './random.ts';

/** A process of the service, as the network sees it. */
export interface Peer {
  readonly name: string;
  /** `frozen`: it does nothing, and does not know it. `dead`: it is gone. */
  state: 'up' | 'frozen' | 'dead';
}

interface Call {
  readonly peer: Peer;
  readonly what: string;
  readonly apply: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  /** What a request says that is lost; undefined: it is never lost. */
  readonly outage: (() => Error) | undefined;
  /** It has left its process, which does not answer to anything any more. */
  sent: boolean;
  /** It was done while its process was frozen: what the process hears when it goes on. */
  answer?: () => void;
}

/** How often a request, its answer, or both in time, are lost: parts of 1. */
export interface Faults {
  readonly request: number;
  readonly answer: number;
  /** The request is given up, and arrives after all. */
  readonly late: number;
}

export const NO_FAULTS: Faults = { request: 0, answer: 0, late: 0 };

/**
 * All requests that are under way. None is done before `deliver` picks it, so whoever calls that
 * decides the order in which everything happens.
 */
export class Network {
  faults: Faults = NO_FAULTS;
  /** While true, no request arrives. */
  away = false;
  /** What takes much longer than everything else. */
  slow: string | undefined;
  readonly #random: Random;
  #calls: Call[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Asks a broker for something that `apply` does there. */
  ask<T>(peer: Peer, what: string, apply: () => T, outage?: () => Error): Promise<Awaited<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<T>>();
    // What a dead process asks for is never asked, and what it waits for never comes.
    if (peer.state !== 'dead')
      this.#calls.push({ peer, what, apply, resolve, reject, outage, sent: false });
    return promise;
  }

  /** Something that the brokers do by themselves, later. */
  later(what: string, apply: () => unknown): void {
    const broker: Peer = { name: 'broker', state: 'up' };
    void this.ask(broker, what, apply);
  }

  /** Of what it has sent, some is on the wire, and some is not. */
  stop(peer: Peer, state: 'frozen' | 'dead'): void {
    peer.state = state;
    for (const call of this.#calls) if (call.peer === peer) call.sent ||= this.#random.chance(0.5);
    if (state === 'dead')
      this.#calls = this.#calls.filter(({ peer: of, sent }) => of !== peer || sent);
  }

  get waiting(): number {
    return this.#calls.filter(canGo).length;
  }

  /** Lets one request arrive, or its answer. Answers false where there is none. */
  deliver(): boolean {
    const able = this.#calls.filter(canGo);
    if (able.length === 0) return false;
    const call = this.#random.pick(able);
    if (call.what === this.slow && !this.#random.chance(0.03)) return true;
    const fate = call.peer.state === 'up' ? this.#fate(call) : 'done';
    const answer = call.answer ?? this.#done(call, fate);
    if (call.peer.state === 'frozen') {
      call.answer = answer;
      return true;
    }
    this.#calls.splice(this.#calls.indexOf(call), 1);
    if (call.peer.state === 'up') answer();
    return true;
  }

  #done(call: Call, fate: 'done' | 'request' | 'answer' | 'late'): () => void {
    const { apply, resolve, reject, outage, what } = call;
    if (fate === 'request')
      return () => {
        reject(outage!());
      };
    if (fate === 'late') {
      this.#calls.push({ ...call, peer: { name: 'wire', state: 'dead' }, sent: true });
      return () => {
        reject(outage!());
      };
    }
    try {
      const value = apply();
      if (value instanceof Promise) {
        value.catch(() => undefined);
        return () => {
          resolve(value as never);
        };
      }
      return fate === 'answer'
        ? () => {
            reject(outage!());
          }
        : () => {
            resolve(value as never);
          };
    } catch (error) {
      if (!(error instanceof Error)) throw new Error(`${what}: not an error`, { cause: error });
      return () => {
        reject(error);
      };
    }
  }

  #fate({ outage, answer }: Call): 'done' | 'request' | 'answer' | 'late' {
    if (outage === undefined || answer !== undefined) return 'done';
    if (this.away) return 'request';
    const { request, answer: lost, late } = this.faults;
    const roll = this.#random.next();
    if (roll < request) return 'request';
    if (roll < request + lost) return 'answer';
    return roll < request + lost + late ? 'late' : 'done';
  }
}

function canGo({ peer, sent, answer }: Call): boolean {
  if (peer.state === 'frozen') return sent && answer === undefined;
  return peer.state === 'up' || sent;
}
