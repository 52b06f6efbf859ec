import { mergedMetrics, type MetricSnapshot } from '../../../src/observe/merged-metrics.ts';
import { Metrics } from '../../../src/observe/metrics.ts';

const snapshot = async (metrics: Metrics): Promise<MetricSnapshot[]> =>
  structuredClone((await metrics.registry.getMetricsAsJSON()) as MetricSnapshot[]);

async function merged(...each: Metrics[]): Promise<string[]> {
  const text = await mergedMetrics(await Promise.all(each.map(snapshot)), {
    running: each.length,
    restarts: 3,
  });
  return text.split('\n').map((line) => line.replace(/^stream_scorer_/, ''));
}

describe('the metrics of several processes', () => {
  it('are summed where they count, label by label', async () => {
    const [a, b] = [new Metrics(false), new Metrics(false)];
    a.recordsConsumed.inc({ topic: 'x' }, 5);
    b.recordsConsumed.inc({ topic: 'x' }, 7);
    b.recordsConsumed.inc({ topic: 'y' }, 1);
    a.stageDuration.observe({ stage: 'map' }, 0.0002);
    b.stageDuration.observe({ stage: 'map' }, 2);
    a.score.observe(0.4);
    b.score.observe(0.4);
    b.score.observe(0.985);
    const lines = await merged(a, b);
    expect(lines).toEqual(
      expect.arrayContaining([
        'records_consumed_total{topic="x"} 12',
        'records_consumed_total{topic="y"} 1',
        'stage_duration_seconds_bucket{le="0.001",stage="map"} 1',
        'stage_duration_seconds_bucket{le="+Inf",stage="map"} 2',
        'stage_duration_seconds_count{stage="map"} 2',
        'score_bucket{le="0.4"} 2',
        'score_bucket{le="+Inf"} 3',
        'score_count 3',
      ]),
    );
  });

  it('are the largest or the sum where they are gauges', async () => {
    const [a, b] = [new Metrics(false), new Metrics(false)];
    for (const [metrics, value] of [
      [a, 2],
      [b, 3],
    ] as const) {
      metrics.assignedPartitions.set(value);
      metrics.lagSeconds.set({ topic: 'x', partition: '0' }, value);
      metrics.lagRecords.set({ topic: 'x', partition: String(value) }, value);
      metrics.modelInfo.set({ name: 'm', version: '1', sha256: 'ab', role: 'champion' }, 1);
    }
    expect(await merged(a, b)).toEqual(
      expect.arrayContaining([
        'assigned_partitions 5',
        'consumer_lag_seconds{topic="x",partition="0"} 3',
        'consumer_lag_records{topic="x",partition="2"} 2',
        'consumer_lag_records{topic="x",partition="3"} 3',
        'model_info{name="m",version="1",sha256="ab",role="champion"} 1',
        'processes 2',
        'process_restarts_total 3',
      ]),
    );
  });

  it('tell of the worst event loop', async () => {
    const lag = (value: number): MetricSnapshot[] => [
      {
        name: 'nodejs_eventloop_lag_p99_seconds',
        help: '',
        type: 'gauge',
        aggregator: 'average',
        values: [{ labels: {}, value }],
      } as never,
    ];
    const text = await mergedMetrics([lag(0.001), lag(0.5)], { running: 2, restarts: 0 });
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds 0.5');
  });

  it('have every name that one process alone has', async () => {
    const names = (text: string): string[] =>
      [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!).sort();
    const alone = new Metrics();
    const text = await mergedMetrics([await snapshot(alone), await snapshot(alone)], {
      running: 2,
      restarts: 0,
    });
    const own = ['stream_scorer_process_restarts_total', 'stream_scorer_processes'];
    const expected = names(await alone.registry.metrics()).filter(
      (name) => name !== 'process_start_time_seconds',
    );
    expect(names(text)).toEqual([...expected, ...own].sort());
  });
});
