import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { APIS, FrameSplitter, type Api } from '../../../../chaos/network/frames.ts';
import { Gate } from '../../../../chaos/network/gate.ts';
import { ArmedRules } from '../../../../chaos/network/rules.ts';
import type { Direction, Treatment } from '../../../../chaos/network/treatment.ts';
import { freePorts } from '../../../../src/demo/stack/free-ports.ts';

const BODY = 100;

function request(api: Api, correlationId: number): Buffer {
  const bytes = Buffer.alloc(12 + BODY, 7);
  bytes.writeInt32BE(bytes.length - 4, 0);
  bytes.writeInt16BE(APIS[api], 4);
  bytes.writeInt16BE(1, 6);
  bytes.writeInt32BE(correlationId, 8);
  return bytes;
}

/** As much of a broker as answers every request with its correlation id and some bytes. */
class Broker {
  readonly got: number[] = [];
  readonly sockets: Socket[] = [];
  readonly #server: Server = createServer((socket) => {
    const splitter = new FrameSplitter();
    this.sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      for (const frame of splitter.push(chunk)) {
        this.got.push(frame.readInt32BE(8));
        const answer = Buffer.alloc(8 + BODY, 9);
        answer.writeInt32BE(answer.length - 4, 0);
        frame.copy(answer, 4, 8, 12);
        socket.write(answer);
      }
    });
  });
  bytes = 0;

  async listen(): Promise<number> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

class Client {
  readonly answers: number[] = [];
  bytes = 0;
  error: string | undefined;
  closed = false;
  readonly socket: Socket;

  constructor(port: number) {
    const splitter = new FrameSplitter();
    this.socket = connect({ port, host: '127.0.0.1' });
    this.socket.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      for (const frame of splitter.push(chunk)) this.answers.push(frame.readInt32BE(4));
    });
    this.socket.on('error', ({ code }: NodeJS.ErrnoException) => (this.error = code));
    this.socket.on('close', () => (this.closed = true));
  }
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await sleep(2);
}

describe('a way through the proxy', () => {
  let broker: Broker;
  let rules: ArmedRules;
  let gate: Gate;
  let troubles: string[];
  const clients: Client[] = [];
  const client = (): Client => {
    const made = new Client(gate.address.port);
    clients.push(made);
    return made;
  };
  const arm = (direction: Direction, treatment: Treatment): Promise<string> =>
    rules.arm({ direction, api: undefined, treatment }).fired;

  beforeEach(async () => {
    broker = new Broker();
    const [port] = await freePorts(1);
    rules = new ArmedRules();
    troubles = [];
    gate = new Gate({
      port: port!,
      broker: { host: '127.0.0.1', port: await broker.listen() },
      rules,
      readdress: () => undefined,
      onTrouble: ({ message }) => troubles.push(message),
    });
    await gate.listen();
  });

  afterEach(() => {
    gate.close();
    broker.close();
    for (const { socket } of clients) socket.destroy();
    expect(troubles).toEqual([]);
  });

  it('passes frames on as they are', async () => {
    const one = client();
    for (const id of [1, 2, 3]) one.socket.write(request('Fetch', id));
    await until(() => one.answers.length === 3);
    expect(one.answers).toEqual([1, 2, 3]);
  });

  it('loses an answer, and tells the client by a reset or not at all', async () => {
    const [one, two] = [client(), client()];
    void arm('answer', { does: 'lose' });
    one.socket.write(request('EndTxn', 1));
    await until(() => broker.got.length === 1);
    one.socket.write(request('Fetch', 2));
    await until(() => one.answers.length === 1);
    expect(one.answers).toEqual([2]);
    void arm('answer', { does: 'lose and reset' });
    two.socket.write(request('EndTxn', 3));
    await until(() => two.closed);
    expect([broker.got, two.answers, two.error]).toEqual([[1, 2, 3], [], 'ECONNRESET']);
  });

  it.each(['request', 'answer'] as const)(
    'breaks off in the middle of a frame: %s',
    async (direction) => {
      void arm(direction, { does: 'break off', share: 0.5 });
      const one = client();
      one.socket.write(Buffer.concat([request('Produce', 1), request('Produce', 2)]));
      await until(() => one.closed);
      expect(one.error).toBe('ECONNRESET');
      expect(one.answers).toEqual([]);
      if (direction === 'answer') expect(one.bytes).toBe((8 + BODY) / 2);
      else expect([broker.bytes, broker.got]).toEqual([(12 + BODY) / 2, []]);
    },
  );

  it('holds a request: the client is cut off, the broker gets it later over the same connection', async () => {
    void arm('request', { does: 'hold', ms: 300 });
    const one = client();
    one.socket.write(Buffer.concat([request('TxnOffsetCommit', 1), request('Fetch', 2)]));
    await until(() => one.closed);
    expect(one.error).toBe('ECONNRESET');
    const two = client();
    two.socket.write(request('EndTxn', 3));
    await until(() => broker.got.length === 2);
    expect(broker.got).toEqual([3, 1]);
    expect(broker.sockets).toHaveLength(2);
  });

  it('repeats a request, whose second answer nobody sees', async () => {
    void arm('request', { does: 'repeat', afterMs: 1 });
    const one = client();
    one.socket.write(request('EndTxn', 1));
    await until(() => broker.got.length === 2);
    one.socket.write(request('Fetch', 2));
    await until(() => one.answers.length === 2);
    expect([broker.got, one.answers]).toEqual([
      [1, 1, 2],
      [1, 2],
    ]);
  });

  it.each<Treatment>([
    { does: 'delay', ms: 50 },
    { does: 'drip', ms: 50 },
  ])('keeps the order behind what is late: $does', async (treatment) => {
    void arm('answer', treatment);
    const one = client();
    one.socket.write(Buffer.concat([request('Fetch', 1), request('Fetch', 2)]));
    await until(() => one.answers.length === 2);
    expect(one.answers).toEqual([1, 2]);
  });

  it('lets a request be overtaken by those behind it', async () => {
    void arm('request', { does: 'be overtaken', ms: 50 });
    const one = client();
    one.socket.write(Buffer.concat([request('Produce', 1), request('Fetch', 2)]));
    await until(() => one.answers.length === 2);
    expect([broker.got, one.answers]).toEqual([
      [2, 1],
      [2, 1],
    ]);
  });

  it('leaves a client alone with a broker that is gone', async () => {
    const one = client();
    one.socket.write(request('Fetch', 1));
    await until(() => one.answers.length === 1);
    const fired = arm('request', { does: 'half open' });
    one.socket.write(request('Fetch', 2));
    await fired;
    await until(() => broker.sockets[0]!.closed);
    one.socket.write(request('Fetch', 3));
    const two = client();
    two.socket.write(request('Fetch', 4));
    await until(() => two.answers.length === 1);
    expect([one.closed, one.answers, broker.got]).toEqual([false, [1], [1, 4]]);
  });

  it('refuses connections, and takes them again', async () => {
    const one = client();
    one.socket.write(request('Fetch', 1));
    await until(() => one.answers.length === 1);
    gate.refuse();
    await until(() => one.closed);
    const two = client();
    await until(() => two.closed);
    expect([one.error, two.error]).toEqual(['ECONNRESET', 'ECONNREFUSED']);
    await gate.listen();
    const three = client();
    three.socket.write(request('Fetch', 2));
    await until(() => three.answers.length === 1);
  });

  it.each(['request', 'answer'] as const)(
    'shuts off one direction, now and for new ones: %s',
    async (direction) => {
      const one = client();
      one.socket.write(request('Fetch', 1));
      await until(() => one.answers.length === 1);
      gate.shutOff(direction);
      const two = client();
      one.socket.write(request('Fetch', 2));
      two.socket.write(request('Fetch', 3));
      if (direction === 'answer') await until(() => broker.got.length === 3);
      else await until(() => gate.accepted === 2);
      expect([one.answers, two.answers]).toEqual([[1], []]);
      expect(broker.got).toHaveLength(direction === 'answer' ? 3 : 1);
      gate.open();
      await until(() => one.answers.length === 2 && two.answers.length === 1);
      expect([one.answers, two.answers]).toEqual([[1, 2], [3]]);
    },
  );

  it('kills the connections of now for good; new ones are as good as ever', async () => {
    const one = client();
    one.socket.write(request('Fetch', 1));
    await until(() => one.answers.length === 1);
    gate.kill();
    gate.open();
    one.socket.write(request('Fetch', 2));
    const two = client();
    two.socket.write(request('Fetch', 3));
    await until(() => two.answers.length === 1);
    expect([one.closed, one.answers, broker.got]).toEqual([false, [1], [1, 3]]);
  });
});
