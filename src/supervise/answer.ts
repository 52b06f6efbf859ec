import { nameOf, type HttpRequest, type HttpResponse, type Route } from '../flow/http.ts';
import type { MetricSnapshot } from '../observe/merged-metrics.ts';
import type { Supervisor } from './messages.ts';

/** What a process reports about itself. */
export interface Answers {
  readonly health: { live(): string | undefined; ready(): string | undefined };
  readonly metrics: { getMetricsAsJSON(): Promise<unknown> };
  /** The answers to HTTP requests that the supervisor passes on. */
  readonly routes: readonly Route[];
}

/** Called when the supervisor says so. */
export interface SupervisorCommands {
  readonly stop: () => void;
  readonly join: () => void;
}

/**
 * Answers the supervisor instead of serving HTTP, because the supervisor has the only port. Reports
 * begin once there are answers.
 */
export function answerSupervisor(
  supervisor: Supervisor,
  answers: Promise<Answers>,
  { stop, join }: SupervisorCommands,
): void {
  const report = async (id: number): Promise<void> => {
    const { health, metrics } = await answers;
    const snapshot = (await metrics.getMetricsAsJSON()) as readonly MetricSnapshot[];
    supervisor.send({
      kind: 'report',
      id,
      live: health.live(),
      ready: health.ready(),
      metrics: snapshot,
    });
  };
  const respond = async (id: number, route: string, request: HttpRequest): Promise<void> => {
    const { routes } = await answers;
    const response = await responseOf(routes, route, request);
    supervisor.send({ kind: 'response', id, response });
  };
  supervisor.listen((message) => {
    if (message.kind === 'stop') stop();
    else if (message.kind === 'join') join();
    else if (message.kind === 'report') void report(message.id);
    else void respond(message.id, message.route, message.request);
  });
}

/** A route that fails must not end the process, and must not show its error to the caller. */
async function responseOf(
  routes: readonly Route[],
  name: string,
  request: HttpRequest,
): Promise<HttpResponse> {
  const route = routes.find((one) => nameOf(one) === name);
  if (route === undefined) return { status: 404, body: `not found: ${name}\n` };
  try {
    return await route.handle(request);
  } catch {
    return { status: 500, body: 'the request failed\n' };
  }
}
