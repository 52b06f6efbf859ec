import {
  AggregatorRegistry,
  Gauge,
  Counter,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';

/** One metric of one process, in the form of prom-client. */
export type MetricSnapshot = MetricObjectWithValues<MetricValue<string>>;

/**
 * How gauges of several processes are merged, if their sum has no meaning. Everything else is
 * summed, or follows a rule of prom-client.
 */
const RULES: readonly (readonly [RegExp, MetricSnapshot['aggregator']])[] = [
  [/^nodejs_eventloop_lag_min/, 'min'],
  [/^nodejs_eventloop_lag/, 'max'],
  [/_consumer_lag_seconds$/, 'max'],
  [/_model_info$/, 'max'],
  [/_model_source_up$/, 'min'],
];

/**
 * The metrics of several processes as one page: counters and histograms are summed, gauges follow
 * their rules.
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
 * Adds the counts of a process that has ended to those of earlier ones: only metrics that must
 * never decrease.
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
