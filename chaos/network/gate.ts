import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Address, Readdress } from './addresses.ts';
import { Link } from './link.ts';
import type { Direction, Rules } from './treatment.ts';

export interface GateOptions {
  readonly port: number;
  /** The broker behind it. */
  readonly broker: Address;
  readonly rules: Rules;
  readonly readdress: Readdress;
  readonly onTrouble: (error: Error) => void;
}

const HOST = '127.0.0.1';
const RETRY_MS = 20;

/**
 * The way of one replica to one broker: a port of its own, and every connection that goes through
 * it.
 */
export class Gate {
  readonly address: Address;
  readonly #options: GateOptions;
  readonly #links = new Set<Link>();
  readonly #shut = new Set<Direction>();
  #server: Server | undefined;
  #accepted = 0;

  constructor(options: GateOptions) {
    this.#options = options;
    this.address = { host: HOST, port: options.port };
  }

  /** How many connections there have been. */
  get accepted(): number {
    return this.#accepted;
  }

  async listen(): Promise<void> {
    for (;;) {
      const server = createServer({ noDelay: true }, (client) => {
        this.#accept(client);
      });
      const listens = await new Promise<boolean>((done) => {
        server.once('error', () => {
          done(false);
        });
        server.listen(this.#options.port, HOST, () => {
          done(true);
        });
      });
      if (listens) {
        this.#server = server;
        return;
      }
      await new Promise((done) => setTimeout(done, RETRY_MS)); // somebody has the port for a moment
    }
  }

  /** Connections are reset, and new ones refused, until `listen`. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
    this.reset();
  }

  /** Nothing goes through in these directions, on connections of now and of later, until `open`. */
  shutOff(...directions: readonly Direction[]): void {
    for (const direction of directions) {
      this.#shut.add(direction);
      for (const link of this.#links) link.shutOff(direction);
    }
  }

  open(): void {
    this.#shut.clear();
    for (const link of this.#links) link.open();
  }

  /** The connections of now carry nothing any more; new ones are as good as ever. */
  kill(): void {
    for (const link of this.#links) link.die();
  }

  reset(): void {
    for (const link of this.#links) link.reset();
  }

  close(): void {
    this.#server?.close();
    for (const link of this.#links) link.destroy();
  }

  #accept(client: Socket): void {
    this.#accepted++;
    const { broker: at, rules, readdress, onTrouble } = this.#options;
    const broker = connect({ ...at, noDelay: true });
    const link = new Link({ client, broker, rules, readdress, onTrouble });
    this.#links.add(link);
    let open = 2;
    for (const socket of [client, broker]) {
      socket.once('close', () => {
        if (--open === 0) this.#links.delete(link);
      });
    }
    for (const direction of this.#shut) link.shutOff(direction);
  }
}
