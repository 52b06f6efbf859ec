import kafkajs from 'kafkajs';
import type { Socket } from 'node:net';
import { inside } from './kafka-inside.ts';
import { Silence, type SilentQueue } from './kafka-silence.ts';
import type { Patch } from './patch.ts';

/** Bytes of the length before every answer. */
const LENGTH_BYTES = 4;

/**
 * How soon a lost peer is noticed on an idle connection: this, plus ten probes at intervals of a
 * second.
 */
const KEEP_ALIVE_MS = 5000;
const LOOK_MS = 100;

interface RequestQueue extends SilentQueue {
  /** Ends the connection whose answer does not arrive. */
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
 * Needed for correctness. kafkajs joins the incomplete answer of a broken connection with the bytes
 * of the next one, and continues to use a connection that is dead.
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
 * A new connection starts with an empty buffer. kafkajs keeps the incomplete answer of the old
 * connection and reads the bytes of the new one as its end. Two simultaneous calls share one
 * connection; kafkajs opens two, and the answers of both get into one buffer.
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
    // If an answer does not arrive in time, the connection may be dead without any error.
    this.requestQueue.ranOut = (request) => {
      if (socket === undefined || socket.destroyed) return;
      socket.destroy(new Error(`no answer to ${request} in time`));
      silence.found(socket);
    };
    beginning.set(this, begun);
    return begun;
  };
  // A request that is sent while the connection closes would wait forever, because nothing handles
  // the queue any more.
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
      // The socket calls this function, so an exception here would end the program.
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
 * Rejects if a connection closes before it is established: kafkajs would wait forever. If kafkajs
 * has a reason of its own, that one comes first.
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
 * A request that times out ends its connection, and so does silence. kafkajs would continue to use
 * it forever.
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
    // After a long computation, timers run before the socket is read, so the socket is read first.
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

/** Bytes that still arrive over an abandoned connection are ignored. */
function abandon(socket: Socket | undefined): void {
  if (socket === undefined) return;
  for (const event of ['data', 'end', 'error', 'timeout']) socket.removeAllListeners(event);
  socket.on('error', () => undefined); // without a listener it would end the program
  socket.destroy();
}
