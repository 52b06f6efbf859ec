import type { Registry } from 'prom-client';
import type { Settings } from '../config/settings.ts';
import { KafkaRangeReader } from '../consume/kafka-range-reader.ts';
import type { Route } from '../flow/http.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { Lifecycle, type Started } from '../runtime/lifecycle.ts';
import type { Sink } from '../produce/sink.ts';
import { TopicIds } from '../runtime/topic-ids.ts';
import { startHttp } from '../serve/http-server.ts';
import type { HttpAddress } from '../serve/probe-port.ts';
import { openSideSink } from './side-topic.ts';
import { openLists } from './open-lists.ts';
import { connect } from './connect.ts';
import { atStart } from './connections.ts';
import { consume, createSource } from './consumption.ts';
import { buildDelivery, type Delivered } from './delivery.ts';
import { startModelRollout, type ModelRollout } from './model-rollout.ts';
import { createMonitors, type Monitors } from './monitors.ts';
import { maxLosses } from './on-failure.ts';
import { prepare } from './prepare.ts';
import { createReports, reportFetches } from './reports.ts';
import { modelRoutes } from './routes.ts';
import { createScoreRequests } from './score-requests.ts';
import { scoreSchemaId } from './score-subject.ts';
import { sourceReport } from './source-report.ts';
import type { Status } from './status.ts';
import { versionStoreOf } from './version-store-of.ts';
import type { Reload } from './wanted-settings.ts';

/** Publishes probes and metrics. Returns their address, if this process serves them itself. */
export type Expose = (what: {
  health: Status;
  metrics: Registry;
  /** What answers `MODEL_ROUTES`. */
  routes: readonly Route[];
}) => Promise<Started<HttpAddress | undefined>>;

/** What a process of a supervisor does differently from one on its own. */
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
  /** Never resolves; rejects when the service cannot continue. */
  readonly failed: Promise<never>;
}

/**
 * How long the service waits for a join in progress when it is told to stop. After a join that ends
 * in time it leaves the group, so the others do not wait for a missing member. A join that waits
 * for a dead member takes as long as its session.
 */
const JOIN_GRACE_MS = 3000;

const unchanged: Reload = () => Promise.resolve(undefined);

/**
 * Builds the service from its configuration and starts it. Everything is checked before the group
 * is joined, so a wrong configuration never takes a partition from a working member. It stops in
 * reverse order: batches in flight are finished and committed before the connections close. If
 * `callOff` aborts before the group is joined, it throws the reason: nothing is in flight then.
 */
export async function startService(
  settings: Settings,
  logger: Logger,
  callOff: AbortSignal,
  hooks: ServiceHooks = {},
): Promise<Started<Service>> {
  const serve: Expose = (what) => startHttp({ ...settings.http, ...what });
  const { expose = serve, beforeJoin = () => Promise.resolve() } = hooks;
  const lifecycle = new Lifecycle(callOff);
  const reports = createReports(settings, logger);
  const { metrics, status, onTimeout } = reports;
  const serving: { models?: ModelRollout; monitors?: Monitors } = {};
  const routes = modelRoutes({
    models: () => serving.models?.report(),
    monitor: () => serving.monitors?.report(),
    score: createScoreRequests(settings, () => serving.models?.live()),
  });
  const http = await lifecycle.start(() =>
    expose({ health: status, metrics: metrics.registry, routes }),
  );

  // connect
  const { kafka, registry } = await connect(lifecycle, settings, reports);

  // prepare
  const heard = sourceReport(reports, settings.model.source ?? '');
  let { model } = settings;
  const store = await lifecycle.step(() => versionStoreOf(settings, heard, () => model));
  const reload: Reload = async () => {
    const newer = await (hooks.reload ?? unchanged)();
    model = newer?.model ?? model; // it may have the checksums of further versions
    return newer;
  };
  const options = { onTimeout, maxLosses: maxLosses(settings.model.onFailure) };
  const { plan, shared, ids, partitions, champion } = await lifecycle.start(async () =>
    atStart(prepare(settings, kafka, registry, store, { ...options, signal: callOff })),
  );
  heard.started(champion);
  const schemaId = await lifecycle.step(() =>
    atStart(scoreSchemaId(settings, registry, plan.stream.scoreSchema)),
  );
  const first = { found: champion.found!, shared, plan, ids, schemaId };
  const openSink = (): Promise<Started<Sink>> => openSideSink(kafka, settings);
  const lists = await lifecycle.start(() =>
    openLists(kafka, settings, plan.stream.readers, reports, callOff),
  );
  const monitors = createMonitors(settings, reports);
  serving.monitors = monitors;
  const reader = new KafkaRangeReader({ kafka });
  await lifecycle.start(() => monitors.start({ registry, reader, openSink }));
  const kept = { registry, store, reload, lists, monitors };
  const rollout = { settings, ...kept, model: options, openSink, first };
  const models = await lifecycle.start(() => Promise.resolve(startModelRollout(rollout, reports)));
  serving.models = models;
  await lifecycle.step(models.openOthers);

  // deliver
  const topicIds = new TopicIds();
  const source = createSource(kafka, settings, partitions, topicIds, logger);
  await lifecycle.start(() => Promise.resolve(reportFetches(reports)));
  const parts = { settings, kafka, source, ids: topicIds };
  const delivery = await buildDelivery(lifecycle, parts, models, reports);

  // consume
  await lifecycle.step(beforeJoin);
  const { budget } = models;
  const work: Delivered = {
    ...delivery,
    startOver: (now) => {
      delivery.startOver(now);
      monitors.assigned(now);
    },
  };
  await lifecycle.start(() => consume(source, settings, work, budget, reports), JOIN_GRACE_MS);
  const { identity } = shared.value.model;
  logger.info({ http, model: identity, topics: settings.input.topics }, 'scoring');
  return { value: { http, metrics, failed: status.failed }, stop: () => lifecycle.stop() };
}
