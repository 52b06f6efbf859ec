import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { BulkHistogram } from './bulk-histogram.ts';
import { MonitorMetrics } from './monitor-metrics.ts';

/** Seconds, from a tenth of a millisecond to ten seconds: a stage of a batch. */
const STAGE_SECONDS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
/** Seconds, from a millisecond to five minutes: how old a score is. */
const LATENCY_SECONDS = [
  0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.5, 1, 2, 5,
  10, 30, 60, 300,
];
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192];
const SCORES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99];
const DELTAS = [0, 1e-6, 1e-4, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

/**
 * Every metric by name, and what to do about it. Metrics are updated per batch, never per record.
 * Instead of a gauge for the difference there are two counters.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #onCollect: (() => void)[] = [];
  readonly #onListCollect: (() => void)[] = [];
  readonly #prefix = 'stream_scorer_';

  /** Falls behind what is produced: add replicas or partitions. */
  readonly recordsConsumed = this.#counter(
    'records_consumed_total',
    'Records fetched from the input topics.',
    ['topic'],
  );
  readonly recordsScored = this.#counter(
    'records_scored_total',
    'Score records acknowledged by the output topic.',
    ['decision', 'model_version'],
  );
  /**
   * Rises: check the code, then the dead letters. Once the cause is solved, `redrive` sends them
   * back.
   */
  readonly deadLetters = this.#counter(
    'dead_letters_total',
    'Records written to the dead letter topic.',
    ['stage', 'code'],
  );
  readonly recordsSkipped = this.#counter('records_skipped_total', 'Records that need no score.', [
    'reason',
  ]);
  readonly batchSize = this.#histogram('batch_size', 'Records scored together.', SIZES);
  readonly batchClosed = this.#counter(
    'batch_closed_total',
    'Batches by the reason why they were closed.',
    ['reason'],
  );
  readonly stageDuration = this.#histogram(
    'stage_duration_seconds',
    'Duration of one stage for one batch; of produce and commit, for all batches that are written together.',
    STAGE_SECONDS,
    ['stage'],
  );
  readonly scoreLatency = this.#bulk(
    'score_latency_seconds',
    'From the timestamp of the input record to the acknowledgement of its score.',
    LATENCY_SECONDS,
  );
  readonly score = this.#bulk('score', 'Scores of the deciding model.', SCORES);
  /**
   * Grows for minutes: the group is too slow, or a partition waits for an outage to end (see the
   * log).
   */
  readonly lagRecords = this.#gauge(
    'consumer_lag_records',
    'Records in the topic after the last acknowledged one.',
    ['topic', 'partition'],
    () => {
      for (const refresh of this.#onCollect) refresh();
    },
  );
  readonly lagSeconds = this.#gauge(
    'consumer_lag_seconds',
    'Age of the oldest record that has no acknowledged score.',
    ['topic', 'partition'],
  );
  /** More than a few per hour without deployments: look for members that miss heartbeats. */
  readonly rebalances = this.#counter('rebalances_total', 'Assignments this member received.');
  readonly assignedPartitions = this.#gauge(
    'assigned_partitions',
    'Partitions assigned to this member.',
  );
  /**
   * The number of doubtful ones rises with outages and takeovers. Each was written again, or turned
   * out to be committed.
   */
  readonly transactions = this.#counter('transactions_total', 'Transactions (exactly-once).', [
    'outcome',
  ]);
  readonly modelInfo = this.#gauge('model_info', 'Model versions in use; the value is always 1.', [
    'name',
    'version',
    'sha256',
    'role',
  ]);
  /** `refused`: the log, `/readyz` and `GET /models` show the version, the gate and the reason. */
  readonly modelSwaps = this.#counter(
    'model_swaps_total',
    'Versions of the model: swapped, rolled_back, refused, postponed, canary_started, canary_stopped or challenger_started.',
    ['outcome'],
  );
  /** The time by rows, for each version: compare a canary or a challenger with the champion. */
  readonly inferenceSeconds = this.#counter(
    'model_inference_seconds_total',
    'Time that the model of a version needed.',
    ['model_version', 'role'],
  );
  readonly inferenceRows = this.#counter(
    'model_inference_rows_total',
    'Rows that the model of a version scored, attempts that were repeated included.',
    ['model_version', 'role'],
  );
  readonly canaryFlips = this.#counter(
    'canary_flips_total',
    'Events for which the canary decided otherwise than the champion, by the decision of the champion and that of the canary.',
    ['from', 'to'],
  );
  /** Rises: the canary has no score for events that the champion scores. The label says why. */
  readonly canaryFallbacks = this.#counter(
    'canary_fallbacks_total',
    'Events of the share of the canary for which the champion decided, because the canary had no score.',
    ['code'],
  );
  /** Rises: the model fails or is too slow, and events are decided without it (model.onFailure). */
  readonly recordsDegraded = this.#counter(
    'records_degraded_total',
    'Score records with a decision of model.onFailure, because the model had no score.',
    ['code'],
  );
  /** Of rules in shadow: what they would have decided. */
  readonly rulesMatched = this.#counter(
    'rules_matched_total',
    'Events that a rule of the policy decided, or would have decided (shadow).',
    ['rule', 'shadow'],
  );
  /** Rises: a condition reads a field that is null or absent. Test it with has(). */
  readonly rulesFailed = this.#counter(
    'rules_failed_total',
    'Events for which a rule of the policy could not be evaluated.',
    ['rule', 'shadow'],
  );
  readonly challengerFlips = this.#counter(
    'challenger_flips_total',
    'Events for which the challenger would decide otherwise, by the decision of the champion and that of the challenger.',
    ['from', 'to'],
  );
  readonly challengerScoreDelta = this.#bulk(
    'challenger_score_delta',
    'Difference of the scores of challenger and champion, without its sign.',
    DELTAS,
  );
  /** `dropped` rises: the challenger is slower than the stream. `failed`: it has no score. */
  readonly challengerRows = this.#counter(
    'challenger_rows_total',
    'Events for the challenger: compared, failed or dropped; with model.challengerTopic also written or unwritten.',
    ['outcome'],
  );
  /** 0: new versions are not found, and a start uses a version from the cache. */
  readonly modelSourceUp = this.#gauge(
    'model_source_up',
    'Whether the source of the model (model.source) answered the last request: 1 or 0.',
    ['source'],
  );
  /** Falls to 0: look at the source of the list. */
  readonly listEntries = this.#gauge(
    'list_entries',
    'Keys of a list of the policy, expired ones included.',
    ['list'],
    () => {
      for (const refresh of this.#onListCollect) refresh();
    },
  );
  /** Rises: the log says what is wrong with the records. They were not applied. */
  readonly listRejected = this.#counter(
    'list_records_rejected_total',
    'Records of a list that are not understood.',
    ['list'],
  );
  readonly policyInfo = this.#gauge(
    'policy_info',
    'The policy that decides; the value is always 1. The digest is that of its contents, without its name.',
    ['policy', 'sha256'],
  );
  readonly schemaFetches = this.#counter(
    'schema_fetches_total',
    'Schemas requested from the registry.',
    ['outcome'],
  );
  readonly featureMissing = this.#counter(
    'feature_missing_total',
    'Null or absent values replaced by `missing`.',
    ['feature'],
  );
  /**
   * Rises: something that the service needs does not answer. The service waits and loses nothing.
   * The label is the error code.
   */
  readonly outageRetries = this.#counter(
    'outage_retries_total',
    'Attempts repeated because of an outage.',
    ['code'],
  );
  readonly monitors = new MonitorMetrics(this.registry);

  constructor(collectProcess = true) {
    if (collectProcess) collectDefaultMetrics({ register: this.registry });
  }

  /** Called before the lag is read: values that depend on the clock are computed then. */
  onCollect(refresh: () => void): void {
    this.#onCollect.push(refresh);
  }

  /** Called before the entries of lists are read. */
  onListCollect(refresh: () => void): void {
    this.#onListCollect.push(refresh);
  }

  #bulk(name: string, help: string, bounds: readonly number[]): BulkHistogram {
    return new BulkHistogram(this.#prefix + name, help, bounds, this.registry);
  }

  #counter<T extends string>(
    name: string,
    help: string,
    labelNames: readonly T[] = [],
  ): Counter<T> {
    return new Counter({
      name: this.#prefix + name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
    });
  }

  #gauge<T extends string>(
    name: string,
    help: string,
    labelNames: readonly T[] = [],
    collect?: () => void,
  ): Gauge<T> {
    const registers = [this.registry];
    return new Gauge({
      name: this.#prefix + name,
      help,
      labelNames: [...labelNames],
      registers,
      ...(collect && { collect }),
    });
  }

  #histogram<T extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly T[] = [],
  ): Histogram<T> {
    return new Histogram({
      name: this.#prefix + name,
      help,
      labelNames: [...labelNames],
      buckets,
      registers: [this.registry],
    });
  }
}
