import type { Registry } from 'prom-client';
import type { Settings } from '../config/settings.ts';
import type { Route } from '../flow/http.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { Lifecycle, type Started } from '../runtime/lifecycle.ts';
import { TopicIds } from '../runtime/topic-ids.ts';
import { startHttp } from '../serve/http-server.ts';
import type { HttpAddress } from '../serve/probe-port.ts';
import { connect } from './connect.ts';
import { atStart } from './connections.ts';
import { consume, createSource } from './consumption.ts';
import { buildDelivery } from './delivery.ts';
import { folderVersions } from './folder-versions.ts';
import { startModelRollout, type ModelRollout } from './model-rollout.ts';
import { prepare } from './prepare.ts';
import { createReports, reportFetches } from './reports.ts';
import { modelRoutes } from './routes.ts';
import { scoreSchemaId } from './score-subject.ts';
import type { Status } from './status.ts';
import type { Reload } from './wanted-version.ts';

/**
 * Makes probes and metrics known; answers where they are served, if this process serves them
 * itself.
 */
export type Expose = (what: {
  health: Status;
  metrics: Registry;
  /** What answers `MODEL_ROUTES`. */
  routes: readonly Route[];
}) => Promise<Started<HttpAddress | undefined>>;

/** What another process than one on its own does differently. */
export interface ServiceHooks {
  readonly expose?: Expose;
  /** Awaited when everything is ready, before the group is joined. */
  readonly beforeJoin?: () => Promise<void>;
  /** Reads the configuration again while the service runs. */
  readonly reload?: Reload;
}

export interface Service {
  readonly http: HttpAddress | undefined;
  readonly metrics: Metrics;
  /** Never resolves; rejects when the service cannot go on. */
  readonly failed: Promise<never>;
}

/**
 * How long a join may still take when the service is told to stop meanwhile. One that ends in time
 * is followed by leaving the group, which spares the others a member that is not there; behind a
 * dead member a join takes as long as its session.
 */
const JOIN_GRACE_MS = 3000;

const unchanged: Reload = () => Promise.resolve(undefined);

/**
 * Builds the service from its configuration and starts it: everything is checked before the group
 * is joined, so that a wrong configuration never takes a partition from a member that works. Stops
 * in reverse: what is in flight is finished and committed before the connections close. Throws the
 * reason of `callOff` where that aborts before the group was joined: nothing is in flight then.
 */
export async function startService(
  settings: Settings,
  logger: Logger,
  callOff: AbortSignal,
  hooks: ServiceHooks = {},
): Promise<Started<Service>> {
  const serve: Expose = (what) => startHttp({ ...settings.http, ...what });
  const { expose = serve, beforeJoin = () => Promise.resolve(), reload = unchanged } = hooks;
  const lifecycle = new Lifecycle(callOff);
  const reports = createReports(settings, logger);
  const { metrics, status, onTimeout } = reports;
  const serving: { models?: ModelRollout } = {};
  const routes = modelRoutes(() => serving.models?.report());
  const http = await lifecycle.start(() =>
    expose({ health: status, metrics: metrics.registry, routes }),
  );

  // connect
  const { kafka, registry } = await connect(lifecycle, settings, reports);

  // prepare
  const store = folderVersions(settings.model.dir);
  const { plan, shared, ids, partitions, found } = await lifecycle.start(async () =>
    atStart(prepare(settings, kafka, registry, store, { onTimeout, signal: callOff })),
  );
  const schemaId = await lifecycle.step(() =>
    atStart(scoreSchemaId(settings, registry, plan.stream.scoreSchema)),
  );
  const first = { found, shared, plan, ids, schemaId };
  const rollout = { settings, registry, store, reload, model: { onTimeout }, first };
  const models = await lifecycle.start(() => Promise.resolve(startModelRollout(rollout, reports)));
  serving.models = models;

  // deliver
  const topicIds = new TopicIds();
  const source = createSource(kafka, settings, partitions, topicIds, logger);
  await lifecycle.start(() => Promise.resolve(reportFetches(reports)));
  const parts = { settings, kafka, source, ids: topicIds };
  const delivery = await buildDelivery(lifecycle, parts, models.take, reports);

  // consume
  await lifecycle.step(beforeJoin);
  const { budget } = models;
  await lifecycle.start(() => consume(source, settings, delivery, budget, reports), JOIN_GRACE_MS);
  const { identity } = shared.value.model;
  logger.info({ http, model: identity, topics: settings.input.topics }, 'scoring');
  return { value: { http, metrics, failed: status.failed }, stop: () => lifecycle.stop() };
}
