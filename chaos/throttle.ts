import { createServer, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Started } from '../src/runtime/lifecycle.ts';

const PRODUCE = 0;
const SIZE_BYTES = 4;
const LONGEST_SLEEP_MS = 100;

/** A way to one broker on which produce requests, and nothing else, are held back to a rate. */
export class Throttle {
  /** Bytes of produce requests a second, over all connections. */
  bytesPerSecond = Infinity;
  #produced = 0;
  /** When the next produce request may go, of `performance.now()`. */
  #freeAt = 0;
  readonly address: string;

  constructor(port: number) {
    this.address = `127.0.0.1:${port}`;
  }

  /** Bytes of produce requests that went through. */
  get produced(): number {
    return this.#produced;
  }

  /**
   * Resolves when a request may go on; a request waits for as long as it and those before it take
   * at the rate.
   */
  async admit(request: Buffer): Promise<void> {
    if (request.readInt16BE(SIZE_BYTES) !== PRODUCE) return;
    this.#freeAt =
      Math.max(this.#freeAt, performance.now()) + (request.length / this.bytesPerSecond) * 1000;
    const until = this.#freeAt;
    while (performance.now() < until && this.bytesPerSecond !== Infinity)
      await sleep(LONGEST_SLEEP_MS);
    this.#produced += request.length;
  }

  /** Lets everything go that waits. */
  release(): void {
    this.bytesPerSecond = Infinity;
    this.#freeAt = 0;
  }
}

/**
 * Listens in front of a broker of 127.0.0.1. Where the broker's answers name its own address they
 * name this one instead (as many bytes), so that a client never finds the way around it.
 */
export async function startThrottle(broker: string): Promise<Started<Throttle>> {
  const [host, port] = broker.split(':') as [string, string];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host, port: Number(port), noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    void forward(client, upstream, (request) => throttle.admit(request));
    void forward(upstream, client, (answer) => {
      readdress(answer, host, Number(port), own);
      return Promise.resolve();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const own = (server.address() as { port: number }).port;
  const throttle = new Throttle(own);
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  };
  return { value: throttle, stop };
}

/**
 * Message by message, reading no further while one waits: a slow destination fills the client's
 * socket.
 */
async function forward(
  from: Socket,
  to: Socket,
  before: (message: Buffer) => Promise<void>,
): Promise<void> {
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = SIZE_BYTES;
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      held += chunk.length;
      if (held < needed) continue;
      let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      for (;;) {
        needed = bytes.length < SIZE_BYTES ? SIZE_BYTES : SIZE_BYTES + bytes.readInt32BE(0);
        if (bytes.length < needed) break;
        const message = bytes.subarray(0, needed);
        await before(message);
        if (!to.write(message))
          await new Promise((done) => to.once('drain', done).once('close', done));
        bytes = bytes.subarray(needed);
      }
      chunks = bytes.length === 0 ? [] : [bytes];
      held = bytes.length;
    }
  } catch {
    // a connection that breaks is the client's business
  }
  to.destroy();
}

/** Kafka writes an address as text and 4 bytes for the port. */
export function readdress(answer: Buffer, host: string, port: number, own: number): void {
  const address = Buffer.alloc(host.length + SIZE_BYTES);
  address.write(host);
  address.writeInt32BE(port, host.length);
  for (
    let at = answer.indexOf(address);
    at >= 0;
    at = answer.indexOf(address, at + address.length)
  ) {
    answer.writeInt32BE(own, at + host.length);
  }
}
