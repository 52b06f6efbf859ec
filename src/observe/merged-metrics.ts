import {
  AggregatorRegistry,
  Gauge,
  Counter,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';

/** One metric of one process, as prom-client hands it over. */
export type MetricSnapshot = MetricObjectWithValues<MetricValue<string>>;

/**
 * How gauges of several processes become one, where their sum would mean nothing. Everything else
 * is summed, but for what prom-client has a rule of its own for.
 */
const RULES: readonly (readonly [RegExp, MetricSnapshot['aggregator']])[] = [
  [/^nodejs_eventloop_lag_min/, 'min'],
  [/^nodejs_eventloop_lag/, 'max'],
  [/_consumer_lag_seconds$/, 'max'],
  [/_model_info$/, 'max'],
];

/**
 * The metrics of several processes as one page: counters and histograms summed, gauges by their
 * rules.
 */
export async function mergedMetrics(
  snapshots: readonly (readonly MetricSnapshot[])[],
  { running, restarts }: { readonly running: number; readonly restarts: number },
): Promise<string> {
  const own = new Registry();
  const registers = [own];
  new Gauge({
    name: 'stream_scorer_processes',
    help: 'Running processes of this supervisor.',
    registers,
  }).set(running);
  new Counter({
    name: 'stream_scorer_process_restarts_total',
    help: 'Processes that ended unexpectedly and were replaced.',
    registers,
  }).inc(restarts);
  return `${await merge(snapshots).metrics()}\n${await own.metrics()}`;
}

/**
 * What a process counted that is gone, added to what those before it did: only what may never go
 * back.
 */
export async function retired(
  before: readonly MetricSnapshot[],
  last: readonly MetricSnapshot[],
): Promise<readonly MetricSnapshot[]> {
  const lasting = last.filter(({ type }) => ['counter', 'histogram'].includes(String(type)));
  return merge([before, lasting]).getMetricsAsJSON();
}

function merge(snapshots: readonly (readonly MetricSnapshot[])[]): Registry {
  const ruled = snapshots.map((metrics) =>
    metrics.map((metric) => {
      const rule = RULES.find(([name]) => name.test(metric.name))?.[1];
      return rule === undefined ? metric : { ...metric, aggregator: rule };
    }),
  );
  return AggregatorRegistry.aggregate(ruled);
}
