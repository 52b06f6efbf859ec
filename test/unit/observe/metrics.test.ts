import { NOTHING_DECIDED } from '../../../src/flow/scores.ts';
import { Fates } from '../../../src/flow/fates.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import { Lag } from '../../../src/observe/lag.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { countOutcome } from '../../../src/observe/outcome-metrics.ts';
import { watch, instrumentStages } from '../../../src/observe/instrument.ts';
import { batchOf, inputRecord, outcomeOf } from '../../support/given-records.ts';

/** The samples of one metric, without those of buckets and sums. */
async function samples(metrics: Metrics, name: string): Promise<string[]> {
  const text = await metrics.registry.metrics();
  const lines = text.split('\n').filter((line) => line.startsWith(`stream_scorer_${name}`));
  return lines
    .map((line) => line.slice('stream_scorer_'.length))
    .filter((line) => !/_(bucket|sum)/.test(line));
}

/** What a histogram without labels has counted. */
async function countAndSum(metrics: Metrics, name: string): Promise<(number | undefined)[]> {
  const text = await metrics.registry.metrics();
  const lines = text.matchAll(new RegExp(`^stream_scorer_${name}_(count|sum) (.*)$`, 'gm'));
  const found = new Map([...lines].map(([, part, figure]) => [part, Number(figure)]));
  return [found.get('count'), found.get('sum')];
}

// The public contract: dashboards and alerts are built on these names.
const CONTRACT: Readonly<Record<string, readonly [type: string, labels: readonly string[]]>> = {
  records_consumed_total: ['counter', ['topic']],
  records_scored_total: ['counter', ['decision', 'model_version']],
  dead_letters_total: ['counter', ['stage', 'code']],
  records_skipped_total: ['counter', ['reason']],
  batch_size: ['histogram', []],
  batch_closed_total: ['counter', ['reason']],
  stage_duration_seconds: ['histogram', ['stage']],
  score_latency_seconds: ['histogram', []],
  score: ['histogram', []],
  consumer_lag_records: ['gauge', ['topic', 'partition']],
  consumer_lag_seconds: ['gauge', ['topic', 'partition']],
  rebalances_total: ['counter', []],
  assigned_partitions: ['gauge', []],
  model_info: ['gauge', ['name', 'version', 'sha256', 'role']],
  feature_missing_total: ['counter', ['feature']],
  schema_fetches_total: ['counter', ['outcome']],
};

describe('the metrics', () => {
  it('are named and typed as the contract says', async () => {
    const text = await new Metrics().registry.metrics();
    for (const [name, [type]] of Object.entries(CONTRACT))
      expect(text).toContain(`# TYPE stream_scorer_${name} ${type}\n`);
  });

  it('have the labels that the contract says', () => {
    const { registry } = new Metrics(false);
    const labelsOf = (name: string): readonly string[] =>
      (registry.getSingleMetric(`stream_scorer_${name}`) as unknown as { labelNames?: string[] })
        .labelNames ?? [];
    for (const [name, [, labels]] of Object.entries(CONTRACT))
      expect([name, labelsOf(name)]).toEqual([name, labels]);
  });

  it('tell of the process and its event loop as well', async () => {
    const text = await new Metrics().registry.metrics();
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  it('have no names but those of the prefix, and no summaries, of their own', async () => {
    for (const { name, type } of await new Metrics(false).registry.getMetricsAsJSON()) {
      expect(name).toMatch(/^stream_scorer_/);
      expect(String(type)).not.toBe('summary');
    }
  });
});

describe('countOutcome', () => {
  const scored = (): Outcome => {
    const fates = new Fates(5);
    fates.skip(0);
    fates.kill(1, 'map', 'FIELD_NULL', 'amount is null');
    const records = [0, 1, 2, 3, 4].map((offset) => inputRecord(offset, { timestamp: '1000' }));
    return {
      ...outcomeOf(batchOf(records), fates),
      scores: {
        models: [{ name: 'm', version: '3', sha256: 'ab' }],
        modelOf: null,
        score: Float64Array.of(9, 9, 0.2, 0.9, 0.3),
        classes: null,
        perClass: null,
      },
      decisions: {
        ...NOTHING_DECIDED,
        policy: 'p',
        names: ['NO', 'YES'],
        index: Uint16Array.of(9, 9, 0, 1, 0),
      },
    };
  };

  it('counts every record as scored, dead or skipped', async () => {
    const metrics = new Metrics(false);
    countOutcome(metrics, scored(), 3000);
    expect(await samples(metrics, 'records_s')).toEqual([
      'records_scored_total{decision="NO",model_version="3"} 2',
      'records_scored_total{decision="YES",model_version="3"} 1',
      'records_skipped_total{reason="tombstone"} 1',
    ]);
    expect(await samples(metrics, 'dead_letters')).toEqual([
      'dead_letters_total{stage="map",code="FIELD_NULL"} 1',
    ]);
    expect(await samples(metrics, 'batch_')).toEqual([
      'batch_size_count 1',
      'batch_closed_total{reason="end"} 1',
    ]);
    expect((await countAndSum(metrics, 'score'))[0]).toBe(3);
    expect(await countAndSum(metrics, 'score_latency_seconds')).toEqual([3, 6]);
  });

  it('counts each version apart, where several scored a batch', async () => {
    const outcome = scored();
    const models = ['3', '4'].map((version) => ({ name: 'm', version, sha256: 'ab' }));
    const scores = { ...outcome.scores!, models, modelOf: Uint8Array.of(0, 0, 1, 1, 0) };
    const metrics = new Metrics(false);
    countOutcome(metrics, { ...outcome, scores }, 3000);
    expect(await samples(metrics, 'records_scored')).toEqual([
      'records_scored_total{decision="NO",model_version="4"} 1',
      'records_scored_total{decision="YES",model_version="4"} 1',
      'records_scored_total{decision="NO",model_version="3"} 1',
    ]);
    const undecided = new Metrics(false);
    countOutcome(undecided, { ...outcome, scores, decisions: null }, 3000);
    expect(await samples(undecided, 'records_scored')).toEqual([
      'records_scored_total{decision="none",model_version="4"} 2',
      'records_scored_total{decision="none",model_version="3"} 1',
    ]);
  });

  it('counts a score record that the broker refused as a dead letter only', async () => {
    const metrics = new Metrics(false);
    const outcome = scored();
    outcome.fates.kill(3, 'produce', 'OUTPUT_TOO_LARGE', 'too large');
    countOutcome(metrics, outcome, 3000);
    expect(await samples(metrics, 'records_scored')).toEqual([
      'records_scored_total{decision="NO",model_version="3"} 2',
    ]);
    expect(await samples(metrics, 'dead_letters')).toHaveLength(2);
  });

  it('names a score without bands so', async () => {
    const metrics = new Metrics(false);
    countOutcome(metrics, { ...scored(), decisions: NOTHING_DECIDED }, 3000);
    expect(await samples(metrics, 'records_scored')).toEqual([
      'records_scored_total{decision="none",model_version="3"} 3',
    ]);
  });
});

it('observes no latency below zero, and none of records without a time', async () => {
  const timestamps = [4000, 1000, -1, 2 ** 63, -(2 ** 63)];
  const records = timestamps.map((timestamp, offset) => inputRecord(offset, { timestamp }));
  const metrics = new Metrics(false);
  const scores = {
    models: [{ name: 'm', version: '3', sha256: '' }],
    modelOf: null,
    score: new Float64Array(5),
    classes: null,
    perClass: null,
  };
  const outcome = { ...outcomeOf(batchOf(records), new Fates(5)), scores, decisions: null };
  countOutcome(metrics, outcome, 3000);
  expect(await countAndSum(metrics, 'score_latency_seconds')).toEqual([2, 2]);

  const lag = new Lag(metrics, () => 3000);
  for (const [partition, record] of records.entries()) {
    const at = { topic: 'in', partition };
    lag.assigned([at]);
    lag.fetched(at, [record], BigInt(partition + 1));
    const seconds = (await samples(metrics, 'consumer_lag_seconds'))[0]!.split(' ')[1];
    expect(seconds).toBe(partition === 1 ? '2' : '0');
  }
});

describe('Lag', () => {
  const P0 = { topic: 'in', partition: 0 };
  const at = (offset: number, timestamp: number) => ({ offset, timestamp, key: null, value: null });

  it('grows with the clock while nothing moves, from the first record that waits', async () => {
    let now = 60_000;
    const metrics = new Metrics(false);
    const lag = new Lag(metrics, () => now);
    const seconds = async () => (await samples(metrics, 'consumer_lag_seconds'))[0]?.split(' ')[1];
    lag.assigned([P0]);
    lag.fetched(P0, [at(10, 40_000), at(11, 58_000)], 12n);
    expect(await seconds()).toBe('20');
    now += 14_000;
    expect(await seconds()).toBe('34');
    lag.done(P0, 11n);
    expect(await seconds()).toBe('16');
    lag.done(P0, 12n);
    expect(await seconds()).toBe('0');
  });

  it('grows also behind a transaction that stays open, of which no record can be fetched', async () => {
    let now = 60_000;
    const metrics = new Metrics(false);
    const lag = new Lag(metrics, () => now);
    lag.assigned([P0]);
    lag.ended(P0, 10n, 10n);
    lag.ended(P0, 10n, 61n);
    now += 14_000;
    lag.ended(P0, 10n, 61n);
    expect(await samples(metrics, 'consumer_lag')).toEqual([
      'consumer_lag_records{topic="in",partition="0"} 51',
      'consumer_lag_seconds{topic="in",partition="0"} 14',
    ]);
    lag.done(P0, 61n); // the transaction was aborted: nothing but markers
    expect((await samples(metrics, 'consumer_lag_seconds'))[0]).toMatch(/ 0$/);
  });

  it('takes a record without a time for one of now', async () => {
    const metrics = new Metrics(false);
    const lag = new Lag(metrics, () => 60_000);
    lag.assigned([P0]);
    lag.fetched(P0, [at(10, -1)], 11n);
    expect((await samples(metrics, 'consumer_lag_seconds'))[0]).toMatch(/ 0$/);
  });

  it('is what lies between the last record done and the end, and 0 at the end', async () => {
    const metrics = new Metrics(false);
    const lag = new Lag(metrics, () => 60_000);
    lag.assigned([P0]);
    lag.fetched(P0, [at(10, 50_000), at(24, 55_000)], 25n);
    expect(await samples(metrics, 'consumer_lag')).toEqual([
      'consumer_lag_records{topic="in",partition="0"} 15',
      'consumer_lag_seconds{topic="in",partition="0"} 10',
    ]);
    lag.done(P0, 25n);
    expect(await samples(metrics, 'consumer_lag')).toEqual([
      'consumer_lag_records{topic="in",partition="0"} 0',
      'consumer_lag_seconds{topic="in",partition="0"} 0',
    ]);
  });

  it('says nothing of partitions that went elsewhere', async () => {
    const metrics = new Metrics(false);
    const lag = new Lag(metrics, () => 60_000);
    lag.assigned([P0]);
    lag.fetched(P0, [at(10, 50_000), at(24, 55_000)], 25n);
    lag.assigned([]);
    lag.done(P0, 25n);
    expect(await samples(metrics, 'consumer_lag')).toEqual([]);
    expect(await samples(metrics, 'assigned')).toEqual(['assigned_partitions 0']);
    expect(await samples(metrics, 'rebalances')).toEqual(['rebalances_total 1']);
  });
});

describe('watch', () => {
  it('observes the time of each stage under its name, also of one that waits, but not of one that fails', async () => {
    const metrics = new Metrics(false);
    const stages = instrumentStages(metrics.stageDuration, {
      map: (n: number) => n + 1,
      infer: (n: number) => Promise.resolve(n + 2),
    });
    expect([stages.map(1), await stages.infer(1)]).toEqual([2, 3]);
    const failing = watch(metrics.stageDuration, 'decode', () => Promise.reject(new Error('away')));
    await expect(failing()).rejects.toThrow('away');
    expect(await samples(metrics, 'stage_duration')).toEqual([
      'stage_duration_seconds_count{stage="map"} 1',
      'stage_duration_seconds_count{stage="infer"} 1',
    ]);
  });
});
