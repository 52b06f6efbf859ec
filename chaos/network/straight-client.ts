import { connect, type Socket } from 'node:net';
import type { Address } from './addresses.ts';
import { FrameSplitter, LENGTH_BYTES } from './frames.ts';

const ANSWER_MS = 10_000;
const HEAD_BYTES = 10;

/** Asks a broker something that kafkajs has no call for: one connection, one request at a time. */
export class StraightClient {
  readonly #socket: Socket;
  readonly #splitter = new FrameSplitter();
  #waiting:
    | { readonly resolve: (body: Buffer) => void; readonly reject: (error: Error) => void }
    | undefined;

  constructor(address: Address) {
    this.#socket = connect({ ...address, noDelay: true });
    this.#socket.setTimeout(ANSWER_MS, () => this.#socket.destroy(new Error('no answer in time')));
    this.#socket.on('error', (error) => this.#waiting?.reject(error));
    this.#socket.on('close', () => this.#waiting?.reject(new Error('closed')));
    this.#socket.on('data', (chunk: Buffer) => {
      for (const frame of this.#splitter.push(chunk))
        this.#waiting?.resolve(frame.subarray(2 * LENGTH_BYTES));
    });
  }

  /** Answers the body of the answer. */
  ask(key: number, version: number, body: Buffer): Promise<Buffer> {
    const frame = Buffer.alloc(LENGTH_BYTES + HEAD_BYTES + body.length);
    frame.writeInt32BE(frame.length - LENGTH_BYTES, 0);
    frame.writeInt16BE(key, 4);
    frame.writeInt16BE(version, 6);
    frame.writeInt16BE(-1, 12); // no client id
    body.copy(frame, LENGTH_BYTES + HEAD_BYTES);
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#waiting = { resolve, reject };
    this.#socket.write(frame);
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }
}
