import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { ScorerError, type Problem } from '../errors.ts';
import type { Started } from '../runtime/lifecycle.ts';

export interface Health {
  /** Why the loop does not advance, or undefined. */
  live(): string | undefined;
  /** Why no records can be scored now, or undefined. */
  ready(): string | undefined | Promise<string | undefined>;
}

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  /** Everything but the probes asks for it. */
  readonly token?: string | undefined;
  readonly health: Health;
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
}

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

const PROBES = new Set(['/livez', '/readyz']);

/** Serves the probes and the metrics. */
export async function startHttp(options: HttpOptions): Promise<Started<HttpAddress>> {
  const { host, port, health, metrics, token } = options;
  const app = fastify({ logger: false, forceCloseConnections: true });
  if (token !== undefined) askForToken(app, token);

  const probe = (path: string, problem: Health['ready']): void => {
    app.get(path, async (_request, reply) => {
      const why = await problem();
      return reply
        .code(why === undefined ? 200 : 503)
        .type('text/plain')
        .send(`${why ?? 'ok'}\n`);
    });
  };
  probe('/livez', () => health.live());
  probe('/readyz', () => health.ready());
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));

  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).type('text/plain').send('not found; there are GET /livez, /readyz and /metrics\n'),
  );

  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, host, port);
  }
  const address = app.server.address();
  return {
    value: { host, port: typeof address === 'object' && address !== null ? address.port : port },
    stop: () => app.close(),
  };
}

/** What is in the way of listening there, or nothing; nothing is left open. Port 0 is always free. */
export async function probePort({ host, port }: HttpAddress): Promise<readonly Problem[]> {
  if (port === 0) return [];
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    return [];
  } catch (error) {
    return listenError(error as NodeJS.ErrnoException, host, port).problems;
  } finally {
    server.close();
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ScorerError {
  if (error.code === 'EADDRINUSE') {
    const what = `another program listens on ${host}:${port}`;
    return new ScorerError({ code: 'HTTP_PORT_IN_USE', what, where: 'http.port' }, { cause: error });
  }
  const what = `${host}:${port} cannot be listened on: ${error.code ?? error.message}`;
  const where = error.code === 'EACCES' ? 'http.port' : 'http.host';
  return new ScorerError({ code: 'HTTP_ADDRESS', what, where }, { cause: error });
}

/** The name of the scheme has no case (RFC 9110, 11.1). */
const BEARER = /^bearer +(.*)$/i;

function askForToken(app: FastifyInstance, token: string): void {
  const expected = Buffer.from(token);
  app.addHook('onRequest', async (request, reply) => {
    if (PROBES.has(request.url.split('?')[0]!)) return;
    const given = Buffer.from(BEARER.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (given.length === expected.length && timingSafeEqual(given, expected)) return;
    await reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'a bearer token is needed' });
  });
}
