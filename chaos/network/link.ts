import type { Socket } from 'node:net';
import { rewriteAnswer, type Readdress } from './addresses.ts';
import { correlationOf, FrameSplitter, headOf, type RequestHead } from './frames.ts';
import { Pipe } from './pipe.ts';
import type { Direction, Rules, Treatment } from './treatment.ts';

export interface LinkOptions {
  readonly client: Socket;
  readonly broker: Socket;
  readonly rules: Rules;
  readonly readdress: Readdress;
  /** What the proxy itself does not understand; a run with one proves nothing. */
  readonly onTrouble: (error: Error) => void;
}

/** An answer to what was held has so long. */
const ANSWER_MS = 2000;
const DRIPS = 40;
/** Long enough for half a frame to be read before the reset comes. */
const BEFORE_RESET_MS = 20;

interface Asked {
  readonly head: RequestHead;
  /** Nobody asked: the proxy has repeated a request. */
  readonly unasked?: boolean;
}

/** One connection of a client to a broker, frame by frame. */
export class Link {
  readonly #options: LinkOptions;
  readonly #toBroker: Pipe;
  readonly #toClient: Pipe;
  readonly #asked: Asked[] = [];
  /** The ends no longer share their fate, and hear nothing of each other. */
  #parted = false;
  #dead = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { client, broker } = options;
    this.#toBroker = new Pipe(client, broker);
    this.#toClient = new Pipe(broker, client);
    this.#read(client, (frame) => {
      this.#request(frame);
    });
    this.#read(broker, (frame) => {
      this.#answer(frame);
    });
    for (const [socket, other, pipe] of [
      [client, broker, this.#toBroker],
      [broker, client, this.#toClient],
    ] as const) {
      socket.on('error', () => undefined); // a reset is told by `close`
      socket.on('close', () => {
        if (!this.#parted && !pipe.shut) other.destroy();
      });
    }
  }

  /** Nothing goes through in a direction, until `open`. */
  shutOff(direction: Direction): void {
    (direction === 'request' ? this.#toBroker : this.#toClient).shutOff();
  }

  open(): void {
    if (this.#dead) return;
    this.#toBroker.open();
    this.#toClient.open();
  }

  /** Nothing goes through any more, in neither direction, and neither end is told. */
  die(): void {
    this.#dead = true;
    this.shutOff('request');
    this.shutOff('answer');
  }

  /** Both ends see a reset. */
  reset(): void {
    this.#options.client.resetAndDestroy();
    this.#options.broker.resetAndDestroy();
  }

  destroy(): void {
    this.#options.client.destroy();
    this.#options.broker.destroy();
  }

  #read(socket: Socket, onFrame: (frame: Buffer) => void): void {
    const splitter = new FrameSplitter();
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of splitter.push(chunk)) onFrame(frame);
      } catch (error) {
        this.#options.onTrouble(error as Error);
        this.destroy();
      }
    });
  }

  #request(frame: Buffer): void {
    if (this.#parted) return;
    const head = headOf(frame);
    this.#asked.push({ head });
    const treatment = this.#options.rules.treat('request', head);
    if (treatment === undefined) this.#toBroker.write(frame);
    else this.#treat(treatment, frame, this.#toBroker, head);
  }

  #answer(frame: Buffer): void {
    const correlationId = correlationOf(frame);
    const at = this.#asked.findIndex(({ head }) => head.correlationId === correlationId);
    if (at < 0)
      throw new Error(`an answer to nothing that was asked (correlation id ${correlationId})`);
    const [{ head, unasked = false }] = this.#asked.splice(at, 1) as [Asked];
    if (unasked || this.#parted) return;
    const treatment = this.#options.rules.treat('answer', head);
    const rewritten = rewriteAnswer(head, frame, this.#options.readdress);
    if (treatment === undefined) this.#toClient.write(rewritten);
    else this.#treat(treatment, rewritten, this.#toClient, head);
  }

  #treat(treatment: Treatment, frame: Buffer, pipe: Pipe, head: RequestHead): void {
    const { client, broker } = this.#options;
    switch (treatment.does) {
      case 'lose':
        return;
      case 'lose and reset':
        this.reset();
        return;
      case 'break off':
        pipe.write(frame.subarray(0, Math.max(1, Math.floor(frame.length * treatment.share))));
        pipe.shutOff();
        setTimeout(() => {
          this.reset();
        }, BEFORE_RESET_MS).unref();
        return;
      case 'hold':
        this.#parted = true;
        client.resetAndDestroy();
        setTimeout(() => {
          pipe.write(frame);
          setTimeout(() => broker.destroy(), ANSWER_MS).unref();
        }, treatment.ms).unref();
        return;
      case 'repeat':
        pipe.write(frame);
        this.#asked.push({ head, unasked: true });
        setTimeout(() => {
          if (broker.writable) broker.write(frame);
        }, treatment.afterMs).unref();
        return;
      case 'delay':
        pipe.wait(treatment.ms);
        pipe.write(frame);
        return;
      case 'be overtaken':
        setTimeout(() => {
          pipe.write(frame);
        }, treatment.ms).unref();
        return;
      case 'drip': {
        const size = Math.ceil(frame.length / DRIPS);
        for (let at = 0; at < frame.length; at += size) {
          pipe.write(frame.subarray(at, at + size));
          pipe.wait(treatment.ms / DRIPS);
        }
        return;
      }
      case 'half open':
        this.#parted = true;
        broker.destroy();
        return;
    }
  }
}
