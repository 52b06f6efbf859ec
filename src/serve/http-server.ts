import { timingSafeEqual } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import type { Started } from '../runtime/lifecycle.ts';
import { listenError, type HttpAddress } from './probe-port.ts';

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
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );

  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .type('text/plain')
      .send('not found; there are GET /livez, /readyz and /metrics\n'),
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

/** The name of the scheme has no case (RFC 9110, 11.1). */
const BEARER = /^bearer +(.*)$/i;

function askForToken(app: FastifyInstance, token: string): void {
  const expected = Buffer.from(token);
  app.addHook('onRequest', async (request, reply) => {
    if (PROBES.has(request.url.split('?')[0]!)) return;
    const given = Buffer.from(BEARER.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (given.length === expected.length && timingSafeEqual(given, expected)) return;
    await reply
      .code(401)
      .header('www-authenticate', 'Bearer')
      .send({ error: 'a bearer token is needed' });
  });
}
