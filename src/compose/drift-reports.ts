import { encodeDriftCounts } from '../encode/drift-encoder.ts';
import { ScorerError } from '../errors.ts';
import type { DriftCounts } from '../flow/drift-counts.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import type { ReferenceSeries } from '../monitor/profile-series.ts';
import { SpanCounts } from '../monitor/span-counts.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { withDeadline } from '../runtime/retry.ts';
import type { Reports } from './reports.ts';
import {
  SideTopic,
  type Destination,
  type SideConnections,
  type SideRecords,
} from './side-topic.ts';

export interface DriftReportsOptions {
  readonly topic: string;
  readonly reportMs: number;
  /** Names this process for all its life, and no other one. */
  readonly instance: string;
  readonly now: () => number;
  readonly reports: Pick<Reports, 'metrics' | 'logger'>;
}

/** So many versions may have counts that were not written. */
const MAX_VERSIONS = 16;
/** The end of the program waits this long for the last report, and as long for the producer. */
const CLOSE_MS = 1000;

/**
 * Writes what was counted to the topic of drift, from time to time, beside the stream. A report that
 * cannot be written is tried again as it is, under the same name; counts add up meanwhile, so the
 * next one has a longer span, and nothing queues.
 */
export class DriftReports {
  readonly #options: DriftReportsOptions;
  readonly #spans = new Map<string, SpanCounts>();
  #topic: SideTopic | undefined;
  /** Reports that have their names, and perhaps were written. */
  #pending: readonly DriftCounts[] = [];
  #sequence = 0;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #trouble: string | undefined;

  constructor(options: DriftReportsOptions) {
    this.#options = options;
  }

  /** What counts the events of a version, with alarms. */
  spanOf(model: ModelIdentity, series: readonly ReferenceSeries[]): SpanCounts {
    const key = `${model.version} ${model.sha256}`;
    const span = this.#spans.get(key) ?? new SpanCounts(model, series, this.#options.now);
    this.#spans.delete(key);
    this.#spans.set(key, span);
    for (const [oldest, { events }] of this.#spans) {
      if (this.#spans.size <= MAX_VERSIONS) break;
      this.#spans.delete(oldest);
      if (events > 0) this.#lost(1, events);
    }
    return span;
  }

  /** For the readiness probe. */
  detail(): readonly string[] {
    return this.#trouble === undefined ? [] : [`drift: ${this.#trouble}`];
  }

  start(connections: SideConnections): Started<undefined> {
    this.#topic = new SideTopic({ ...connections, where: 'drift.topic' });
    const timer = setInterval(() => void this.report(), this.#options.reportMs);
    timer.unref();
    return {
      value: undefined,
      stop: async () => {
        clearInterval(timer);
        const late = (): Error => new Error('it is late');
        await withDeadline(this.report(), CLOSE_MS, late).catch(() => undefined);
        const spans = [...this.#spans.values()];
        const left = [...this.#pending, ...spans.filter(({ isEmpty }) => !isEmpty)];
        if (left.length > 0)
          this.#lost(
            left.length,
            left.reduce((sum, { events }) => sum + events, 0),
          );
        await withDeadline(this.#topic!.close(), CLOSE_MS, late).catch(() => undefined);
      },
    };
  }

  /** Writes what was counted until now. Never rejects. */
  report(): Promise<void> {
    const running = this.#running;
    if (running === undefined)
      return (this.#running = this.#report().finally(() => {
        this.#running = undefined;
      }));
    // What was counted since it began belongs to the next one.
    return (this.#next ??= running.then(() => {
      this.#next = undefined;
      return this.report();
    }));
  }

  async #report(): Promise<void> {
    if (this.#pending.length > 0 && !(await this.#write())) return;
    const { instance } = this.#options;
    this.#pending = [...this.#spans.values()]
      .flatMap((span) => span.take())
      .map((span) => ({ ...span, instance, sequence: this.#sequence++ }));
    if (this.#pending.length > 0) await this.#write();
  }

  /** Whether the reports that wait need not be tried again. */
  async #write(): Promise<boolean> {
    const { topic, reports } = this.#options;
    const counter = reports.metrics.monitors.drift.reports;
    const all = this.#pending;
    if (this.#topic === undefined) return false;
    try {
      const written = await this.#topic.write(topic, (to) => recordsFor(to, all));
      this.#pending = [];
      counter.inc({ outcome: 'written' }, written);
      this.#say(undefined);
      if (written < all.length) {
        counter.inc({ outcome: 'refused' }, all.length - written);
        const what = `drift: ${topic} does not take ${all.length - written} of ${all.length} reports, because they are too large for it`;
        reports.logger.error({ topic }, what);
      }
      return true;
    } catch (error) {
      counter.inc({ outcome: 'failed' }, all.length);
      this.#say(error);
      return false;
    }
  }

  /** The same error is logged once; undefined: all is well. */
  #say(error: unknown): void {
    const { topic, reports } = this.#options;
    if (error === undefined) {
      if (this.#trouble !== undefined)
        reports.logger.info({ topic }, 'drift: reports are written again');
      this.#trouble = undefined;
      return;
    }
    const message = error instanceof Error ? error.message : 'unknown error';
    const trouble = `reports cannot be written to ${topic}, and are tried again: ${message}`;
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    const code = error instanceof ScorerError ? error.code : 'INTERNAL';
    reports.logger.warn({ code, topic }, `drift: ${trouble}; scoring continues`);
  }

  #lost(count: number, events: number): void {
    const { topic, reports } = this.#options;
    reports.metrics.monitors.drift.reports.inc({ outcome: 'lost' }, count);
    const what = `drift: ${events} events are in no report, because it could not be written to ${topic}`;
    reports.logger.error({ topic, events }, what);
  }
}

function recordsFor(
  { schemaId, partitions, partitionOf }: Destination,
  reports: readonly DriftCounts[],
): SideRecords[] {
  const records = reports.map((report) => encodeDriftCounts(schemaId, report));
  const byPartition = Map.groupBy(records, ({ key }) => partitionOf(key, partitions, 0));
  return [...byPartition].map(([partition, own]) => ({ partition, records: own }));
}
