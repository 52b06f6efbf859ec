import { timingSafeEqual } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import type { HttpRequest, Route } from '../flow/http.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { listenError, type HttpAddress } from './probe-port.ts';
import { standardRoutes, type Health, type MetricsPage } from './standard-routes.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** The token for every route that is not open, and for unknown paths. */
  readonly token?: string | undefined;
  readonly routes: readonly Route[];
}

export interface HttpOptions extends Omit<ServerOptions, 'routes'> {
  readonly health: Health;
  readonly metrics: MetricsPage;
  /** The other routes. */
  readonly routes?: readonly Route[];
}

/** Serves the probes, the metrics, and the other routes. */
export function startHttp(options: HttpOptions): Promise<Started<HttpAddress>> {
  const { health, metrics, routes = [], ...server } = options;
  return startServer({ ...server, routes: [...standardRoutes(health, metrics), ...routes] });
}

/**
 * No route has a JSON schema. Without these two, fastify loads a compiler for each, which is half of
 * its start.
 */
const schemaController = {
  compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas },
};

function noSchemas(): never {
  throw new TypeError('a route has a JSON schema, and nothing compiles it');
}

/** Serves routes, and nothing of its own. */
async function startServer(options: ServerOptions): Promise<Started<HttpAddress>> {
  const { host, port, token, routes } = options;
  const app = fastify({ logger: false, forceCloseConnections: true, schemaController });
  if (token !== undefined) askForToken(app, token, routes);
  // Routes get the unchanged body. They decide about the content type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  for (const { method, path, bodyLimitBytes, handle } of routes) {
    app.route({
      method,
      url: path,
      ...(bodyLimitBytes === undefined ? {} : { bodyLimit: bodyLimitBytes }),
      handler: async (request, reply) => {
        const { params, query, headers, body } = request as unknown as HttpRequest;
        const response = await handle({ params, query, headers, body });
        return reply
          .code(response.status)
          .headers({ ...response.headers })
          .send(response.body);
      },
    });
  }
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .type('text/plain')
      .send(`not found; the routes are ${listOf(routes)}\n`),
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

/** `GET /livez, /readyz and /metrics; POST /score` */
function listOf(routes: readonly Route[]): string {
  const methods = Map.groupBy(routes, ({ method }) => method);
  const and = new Intl.ListFormat('en-GB', { type: 'conjunction' });
  return [...methods]
    .map(([method, those]) => `${method} ${and.format(those.map(({ path }) => path))}`)
    .join('; ');
}

/** The name of the scheme is case-insensitive (RFC 9110, 11.1). */
const BEARER = /^bearer +(.*)$/i;

/**
 * @fastify/bearer-auth is not used: its answer lacks the header WWW-Authenticate, which RFC 9110
 * requires, and open routes would need a hook of our own anyway.
 */
function askForToken(app: FastifyInstance, token: string, routes: readonly Route[]): void {
  const expected = Buffer.from(token);
  const open = new Set(routes.filter((route) => route.open).map(({ path }) => path));
  app.addHook('onRequest', async (request, reply) => {
    const { url } = request.routeOptions;
    if (url !== undefined && open.has(url)) return;
    const given = Buffer.from(BEARER.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (given.length === expected.length && timingSafeEqual(given, expected)) return;
    await reply
      .code(401)
      .header('www-authenticate', 'Bearer')
      .send({ error: 'a bearer token is required' });
  });
}
