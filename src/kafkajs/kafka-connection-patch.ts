import kafkajs from 'kafkajs';
import type { Socket } from 'node:net';
import { inside } from './kafka-inside.ts';
import { Silence, type SilentQueue } from './kafka-silence.ts';
import type { Patch } from './patch.ts';

/** Of the length in front of every answer. */
const LENGTH_BYTES = 4;

/**
 * How soon a peer that is gone is noticed on a connection that waits for nothing: this, and ten
 * probes a second apart.
 */
const KEEP_ALIVE_MS = 5000;
const LOOK_MS = 100;

interface RequestQueue extends SilentQueue {
  /** Ends the connection that an answer does not come on. */
  ranOut?: (request: string) => void;
  silenceTimer?: NodeJS.Timeout;
  readonly pending: readonly unknown[];
  rejectAll(error: Error): void;
  createSocketRequest(pushed: Pushed): { timeoutHandler: () => void; askedMs?: number | undefined };
  scheduleRequestTimeoutCheck(): void;
  destroy(): void;
}

interface Pushed {
  readonly entry: { readonly apiName: string };
  readonly requestTimeout?: number | undefined;
}

interface Connection {
  socket?: Socket;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  readonly requestQueue: RequestQueue;
  isConnected(): boolean;
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  processData(data: Buffer): void;
}

/**
 * Needed for correctness. kafkajs reads the half answer of a connection that broke together with
 * the next one's bytes, and goes on asking over a connection that is dead.
 */
export const connectionPatch: Patch = {
  about: 'broken connections',
  neededFor: 'correctness',
  install: () => {
    const silence = new Silence();
    mendQueue(inside<{ prototype: RequestQueue }>('network/requestQueue').prototype, silence);
    mendConnection(inside<{ prototype: Connection }>('network/connection').prototype, silence);
  },
};

/**
 * A connection that begins anew begins with nothing: kafkajs keeps the half answer that the old one
 * broke off in, and reads the new one's bytes as its end. Two calls at once share one connection;
 * kafkajs opens two, and answers of both meet in one buffer.
 */
function mendConnection(prototype: Connection, silence: Silence): void {
  const beginning = new WeakMap<Connection, Promise<unknown>>();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the connection as `this` below
  const { connect, disconnect, processData } = prototype;
  prototype.connect = function connectAnew(this: Connection) {
    if (this.isConnected()) return connect.call(this);
    const under = beginning.get(this);
    if (under !== undefined) return under;
    abandon(this.socket);
    this.chunks = [];
    this.bytesBuffered = 0;
    this.bytesNeeded = LENGTH_BYTES;
    const opened = connect.call(this);
    const { socket } = this;
    if (socket !== undefined) silence.opened(socket, this.requestQueue);
    socket?.setKeepAlive(true, KEEP_ALIVE_MS);
    const begun = Promise.race([opened, closed(socket)]).finally(() => beginning.delete(this));
    // An answer that does not come in time may be held up by a connection that is dead without a
    // word.
    this.requestQueue.ranOut = (request) => {
      if (socket === undefined || socket.destroyed) return;
      socket.destroy(new Error(`no answer to ${request} in time`));
      silence.found(socket);
    };
    beginning.set(this, begun);
    return begun;
  };
  // A request that is sent while the connection closes would wait for good: nothing looks after the
  // queue any more.
  prototype.disconnect = async function close(this: Connection) {
    const closed = await disconnect.call(this);
    const { inflight, pending } = this.requestQueue;
    if (inflight.size + pending.length > 0) {
      this.requestQueue.rejectAll(new kafkajs.KafkaJSConnectionError('the connection closed', {}));
    }
    return closed;
  };
  prototype.processData = function hear(this: Connection, data: Buffer) {
    this.requestQueue.heardAt = Date.now();
    try {
      processData.call(this, data);
    } catch (error) {
      // Thrown here it would end the program: the socket calls this.
      const { message } = error as Error;
      this.socket?.destroy(
        new Error(`the bytes received are not the answer of a Kafka broker: ${message}`, {
          cause: error,
        }),
      );
    }
  };
}

/**
 * Rejects where a connection closes before it is there: kafkajs lets that wait for ever. Its own
 * reason comes first where it has one.
 */
function closed(socket: Socket | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    socket?.once('close', () => {
      setImmediate(
        reject,
        new kafkajs.KafkaJSConnectionError('the connection closed before it was established', {}),
      );
    });
  });
}

/**
 * A request that runs out of time ends its connection, and so does silence; kafkajs goes on asking
 * over it, for good.
 */
function mendQueue(prototype: RequestQueue, silence: Silence): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the queue as `this` below
  const { createSocketRequest, scheduleRequestTimeoutCheck, destroy } = prototype;
  prototype.createSocketRequest = function create(this: RequestQueue, pushed: Pushed) {
    const request = createSocketRequest.call(this, pushed);
    const { timeoutHandler } = request;
    request.timeoutHandler = () => {
      timeoutHandler();
      this.ranOut?.(pushed.entry.apiName);
    };
    request.askedMs = pushed.requestTimeout;
    return request;
  };
  prototype.scheduleRequestTimeoutCheck = function schedule(this: RequestQueue) {
    scheduleRequestTimeoutCheck.call(this);
    clearInterval(this.silenceTimer);
    const look = (): void => {
      const owed = silence.of(this);
      if (owed !== undefined) this.ranOut?.(owed);
    };
    // After a long stretch of work timers come before what lies in the socket: it is read first.
    this.silenceTimer = setInterval(
      () => silence.of(this) !== undefined && setImmediate(look),
      LOOK_MS,
    );
  };
  prototype.destroy = function end(this: RequestQueue) {
    clearInterval(this.silenceTimer);
    destroy.call(this);
  };
}

/** What still comes over a connection that was given up belongs to nobody. */
function abandon(socket: Socket | undefined): void {
  if (socket === undefined) return;
  for (const event of ['data', 'end', 'error', 'timeout']) socket.removeAllListeners(event);
  socket.on('error', () => undefined); // without a listener it would end the program
  socket.destroy();
}
