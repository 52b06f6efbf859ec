import {
  nameOf,
  type HttpRequest,
  type HttpResponse,
  type Route,
  type RouteSpec,
} from '../flow/http.ts';

/**
 * What is served besides probes and metrics, known without a model: the supervisor of several
 * processes has the port, and no model. Nothing yet; a route stands here and, with what answers it,
 * in the service.
 */
export const MODEL_ROUTES: readonly RouteSpec[] = [];

/** The same routes where something else answers them: a process of the supervisor's. */
export function routesBy(
  specs: readonly RouteSpec[],
  answer: (name: string, request: HttpRequest) => Promise<HttpResponse>,
): readonly Route[] {
  return specs.map((spec) => ({ ...spec, handle: (request) => answer(nameOf(spec), request) }));
}
