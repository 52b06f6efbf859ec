import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Takes the request and never answers. */
export const HANGS: Answer = () => undefined;
/** Closes the connection instead of answering. */
export const HANGS_UP: Answer = (request) => {
  request.socket.destroy();
};

export function answers(status: number, body: string, contentType = 'application/json'): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': contentType }).end(body);
  };
}

/** An HTTP server on a port of its own whose behaviour a test changes as it goes. */
export class SwitchableServer {
  answer: Answer;
  readonly requests: IncomingMessage[] = [];
  #server: Server | undefined;
  #port = 0;

  constructor(answer: Answer) {
    this.answer = answer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, after a stop on the same port as before. */
  async start(): Promise<this> {
    const server = createServer((request, response) => {
      this.requests.push(request);
      this.answer(request, response);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Refuses connections from now on, and ends those there are. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}
