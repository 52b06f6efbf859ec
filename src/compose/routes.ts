import {
  nameOf,
  type HttpRequest,
  type HttpResponse,
  type Route,
  type RouteSpec,
} from '../flow/http.ts';
import type { RolloutReport } from './rollout-report.ts';

/**
 * What is served besides probes and metrics, known without a model: the supervisor of several
 * processes has the port, and no model. A route stands here and, with what answers it, in the
 * service.
 */
export const MODEL_ROUTES: readonly RouteSpec[] = [{ method: 'GET', path: '/models' }];

/** Answers `GET /models`; `report` is undefined until there is a model. */
export function modelRoutes(report: () => RolloutReport | undefined): readonly Route[] {
  return routesBy(MODEL_ROUTES, () => {
    const models = report();
    return Promise.resolve(
      models === undefined
        ? { status: 503, headers: TEXT, body: 'the model is not open yet\n' }
        : { status: 200, headers: JSON_TYPE, body: `${JSON.stringify(models, null, 2)}\n` },
    );
  });
}

const TEXT = { 'content-type': 'text/plain' };
const JSON_TYPE = { 'content-type': 'application/json' };

/** The same routes where something else answers them: a process of the supervisor's. */
export function routesBy(
  specs: readonly RouteSpec[],
  answer: (name: string, request: HttpRequest) => Promise<HttpResponse>,
): readonly Route[] {
  return specs.map((spec) => ({ ...spec, handle: (request) => answer(nameOf(spec), request) }));
}
