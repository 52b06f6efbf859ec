import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { connectionPatch } from '../../../src/kafkajs/kafka-connection-patch.ts';

interface Connection {
  connect(): Promise<unknown>;
  send(asked: object): Promise<Buffer>;
  disconnect(): Promise<unknown>;
  isConnected(): boolean;
  readonly requestQueue: {
    inflight: Map<number, unknown>;
    waitForPendingRequests(): Promise<void>;
  };
}

connectionPatch.install();
const require = createRequire(import.meta.url);
const KafkajsConnection = require('kafkajs/src/network/connection') as new (
  options: object,
) => Connection;
const socketFactory = (require('kafkajs/src/network/socketFactory') as () => object)();
const Encoder = require('kafkajs/src/protocol/encoder') as new () => object;
const logger = {
  namespace: () => logger,
  debug: () => undefined,
  error: () => undefined,
  warn: () => undefined,
};

/** A request without a body, whose answer is the bytes behind its correlation id. */
const asking = {
  request: { apiKey: 18, apiVersion: 0, apiName: 'ApiVersions', encode: async () => new Encoder() },
  response: { decode: async (bytes: Buffer) => bytes, parse: async (bytes: Buffer) => bytes },
};

let server: Server;
let accepted: Socket[];
let connection: Connection;

beforeEach(async () => {
  accepted = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    accepted.push(socket);
    server.emit('accepted');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const times = { requestTimeout: 2000, enforceRequestTimeout: true, connectionTimeout: 5000 };
  connection = new KafkajsConnection({ host: '127.0.0.1', port, logger, socketFactory, ...times });
});

afterEach(async () => {
  await connection.disconnect();
  for (const socket of accepted) socket.destroy();
  server.close();
});

async function nextRequest(socket: Socket): Promise<number> {
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.readInt32BE(8); // behind length, key and version
}

function answer(correlation: number, body: string): Buffer {
  const bytes = Buffer.alloc(8 + body.length);
  bytes.writeInt32BE(4 + body.length);
  bytes.writeInt32BE(correlation, 4);
  bytes.write(body, 8);
  return bytes;
}

async function connected(): Promise<Socket> {
  const [, socket] = await Promise.all([
    connection.connect(),
    once(server, 'accepted').then(() => accepted.at(-1)!),
  ]);
  return socket;
}

describe('a connection of kafkajs', () => {
  it('that broke off in the middle of an answer begins anew with nothing', async () => {
    const first = await connected();
    const lost = expect(connection.send(asking)).rejects.toThrow();
    first.write(answer(await nextRequest(first), 'lost').subarray(0, 10));
    first.resetAndDestroy();
    await lost;
    const second = await connected();
    const asked = connection.send(asking);
    second.write(answer(await nextRequest(second), 'whole'));
    expect((await asked).toString()).toBe('whole');
  });

  it('ends where it is silent while an answer is owed, and with it all that waits on it', async () => {
    const socket = await connected();
    socket.resume();
    const closed = once(socket, 'close');
    const asked = [connection.send(asking), connection.send(asking)].map((one) =>
      one.then(String, (error: unknown) => (error as Error).message),
    );
    expect(new Set(await Promise.all(asked))).toEqual(
      new Set(['Connection error: no answer to ApiVersions in time']),
    );
    await closed;
    expect(connection.isConnected()).toBe(false);
  });

  it('closes although an answer that it waits for never comes', async () => {
    const socket = await connected();
    const asked = connection
      .send(asking)
      .then(String, (error: unknown) => (error as Error).message);
    await nextRequest(socket);
    await connection.disconnect();
    expect(await asked).toContain('no answer to ApiVersions in time');
  });

  it('lets no request wait that is sent while it closes', async () => {
    await connected();
    const encoded = Promise.withResolvers<object>();
    const request = { ...asking.request, encode: () => encoded.promise };
    const asked = connection
      .send({ ...asking, request })
      .then(String, (error: unknown) => (error as Error).message);
    const { requestQueue } = connection;
    requestQueue.waitForPendingRequests = async () => {
      encoded.resolve(new Encoder());
      while (requestQueue.inflight.size === 0) await new Promise(setImmediate);
      Reflect.deleteProperty(requestQueue, 'waitForPendingRequests');
    };
    await connection.disconnect();
    expect(await asked).toBe('the connection closed');
  });

  it('ends where an answer does not come in time, however many bytes come', async () => {
    const socket = await connected();
    socket.resume();
    // A reset is one way for it to end, which `once` would take for an error.
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const dripping = setInterval(() => socket.write(Buffer.of(0x7f)), 5);
    const asked = await connection
      .send(asking)
      .then(String, (error: unknown) => (error as Error).message);
    // Two timers look after it, and either may be the first to say so.
    expect([
      'Request ApiVersions(key: 18, version: 0) timed out',
      'Connection error: no answer to ApiVersions in time',
    ]).toContain(asked);
    await closed;
    clearInterval(dripping);
    expect(connection.isConnected()).toBe(false);
  });

  it('ends where what comes is no answer', async () => {
    const socket = await connected();
    const asked = connection.send(asking);
    await nextRequest(socket);
    socket.write(Buffer.alloc(8));
    await expect(asked).rejects.toThrow('not the answer of a Kafka broker');
    expect(connection.isConnected()).toBe(false);
  });

  it('is opened once, however many ask for it', async () => {
    const waited = once(server, 'accepted');
    await Promise.all([connection.connect(), connection.connect(), waited]);
    const asked = connection.send(asking);
    const [socket] = accepted as [Socket];
    socket.write(answer(await nextRequest(socket), 'one'));
    expect([(await asked).toString(), accepted.length]).toEqual(['one', 1]);
  });

  it('that is closed before it is there is an error, and the next one is opened', async () => {
    const { port } = server.address() as AddressInfo;
    const gone = new KafkajsConnection({
      host: '127.0.0.1',
      port,
      logger,
      socketFactory: closing,
      requestTimeout: 200,
      connectionTimeout: 60_000,
    });
    await expect(gone.connect()).rejects.toThrow('before it was established');
    await expect(gone.connect()).rejects.toThrow('before it was established');
  });
});

/** Sockets that end before they are connected, as behind a proxy that takes and drops them. */
function closing(): Socket {
  const socket = new Socket();
  setImmediate(() => {
    socket.emit('end');
    socket.destroy();
  });
  return socket;
}
