import {
  nameOf,
  type HttpRequest,
  type HttpResponse,
  type Route,
  type RouteSpec,
} from '../flow/http.ts';
import type { RolloutReport } from './rollout-report.ts';

/**
 * The routes besides probes and metrics. They are known without a model, because the supervisor of
 * several processes has the port but no model. A new route is added here, and its answer in the
 * service.
 */
export const MODEL_ROUTES: readonly RouteSpec[] = [
  { method: 'GET', path: '/models' },
  { method: 'GET', path: '/monitor' },
  { method: 'POST', path: '/score', bodyLimitBytes: 4 * 1024 * 1024 },
];

/** What the routes show; undefined until there is a model. */
export interface ShownReports {
  readonly models: () => RolloutReport | undefined;
  readonly monitor: () => object | undefined;
  /** Answers `POST /score`. */
  readonly score: (request: HttpRequest) => Promise<HttpResponse>;
}

/** Answers all of them. */
export function modelRoutes({ models, monitor, score }: ShownReports): readonly Route[] {
  return routesBy(MODEL_ROUTES, (name, request) => {
    if (name === 'POST /score') return score(request);
    const report = name === 'GET /monitor' ? monitor() : models();
    return Promise.resolve(
      report === undefined
        ? { status: 503, headers: TEXT, body: 'the model is not open yet\n' }
        : { status: 200, headers: JSON_TYPE, body: `${JSON.stringify(report, null, 2)}\n` },
    );
  });
}

const TEXT = { 'content-type': 'text/plain' };
const JSON_TYPE = { 'content-type': 'application/json' };

/** The same routes if something else answers them: a process of the supervisor. */
export function routesBy(
  specs: readonly RouteSpec[],
  answer: (name: string, request: HttpRequest) => Promise<HttpResponse>,
): readonly Route[] {
  return specs.map((spec) => ({ ...spec, handle: (request) => answer(nameOf(spec), request) }));
}
