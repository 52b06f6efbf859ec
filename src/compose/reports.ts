import type { Settings } from '../config/settings.ts';
import type { ErrorCode } from '../errors.ts';
import { onPartitionCorrupt, onPartitionEnd } from '../kafkajs/fetch/kafka-fetch-patch.ts';
import { Lag } from '../observe/lag.ts';
import type { Logger } from '../observe/logger.ts';
import { Metrics } from '../observe/metrics.ts';
import { Progress } from '../observe/progress.ts';
import type { Started } from '../runtime/lifecycle.ts';
import type { RetryOptions } from '../runtime/retry.ts';
import { Status } from './status.ts';

/** What the service reports about itself, in metrics, probes and log. */
export interface Reports {
  readonly metrics: Metrics;
  readonly status: Status;
  readonly lag: Lag;
  readonly progress: Progress;
  readonly logger: Logger;
  /** Something does not answer and is tried again. */
  readonly onRetry: RetryOptions['onRetry'] & object;
  /** The model did not answer for a batch, or its worker ended. */
  readonly onTimeout: (code: ErrorCode) => void;
  /** The service cannot continue. */
  readonly onFatal: (error: unknown) => void;
}

/** If the model needs more than this part of its time for a batch, the service is not ready. */
const SLOW_PART = 3;

/**
 * Longest time without any activity, not even an attempt, before the program counts as dead. It is
 * longer than the client takes to reach a cluster that does not answer, and longer than the model
 * may take.
 */
const deadMs = (settings: Settings): number => Math.max(180_000, 2 * settings.inference.timeoutMs);

export function createReports(settings: Settings, logger: Logger): Reports {
  const { timeoutMs } = settings.inference;
  const metrics = new Metrics();
  const status = new Status(timeoutMs / SLOW_PART);
  const lag = new Lag(metrics, Date.now);
  const progress = new Progress({
    staleMs: settings.http.staleMs,
    deadMs: deadMs(settings),
    backlog: () => lag.backlog(),
  });
  status.watch(progress);
  return {
    metrics,
    status,
    lag,
    progress,
    logger,
    onRetry: (error, attempt, waitMs) => {
      const { code, problems } = error;
      metrics.outageRetries.inc({ code });
      status.waitingFor(code);
      logger.warn({ code, attempt, waitMs: Math.round(waitMs) }, problems[0]!.what);
    },
    onTimeout: (code) => {
      status.waitingFor(code);
      const what =
        code === 'INFERENCE_CRASHED'
          ? 'a worker process ended while it ran the model for a batch; the batch is split and tried again'
          : `the model did not answer for a batch within ${timeoutMs} ms; its worker was stopped; the batch is split and tried again`;
      logger.warn({ code }, what);
    },
    onFatal: (error) => {
      status.fail(error instanceof Error ? error : new Error(String(error)));
    },
  };
}

/** Reports what the client finds out while it fetches. */
export function reportFetches({ metrics, status, lag, logger }: Reports): Started<undefined> {
  const stopListening = onPartitionEnd((at, from, end) => {
    lag.ended(at, from, end);
  });
  const stopHearing = onPartitionCorrupt(({ topic, partition }, batch) => {
    const place = `${topic}-${partition}`;
    status.standing(place, batch && 'BATCH_CORRUPT');
    if (batch === undefined) return;
    metrics.outageRetries.inc({ code: 'BATCH_CORRUPT' });
    const { firstOffset, lastOffset, message } = batch;
    logger.error(
      { code: 'BATCH_CORRUPT', topic, partition, firstOffset, lastOffset },
      `${place} waits: the record batch of offsets ${firstOffset} to ${lastOffset} cannot be read: ${message}`,
    );
  });
  const stop = (): Promise<void> => {
    stopListening();
    stopHearing();
    return Promise.resolve();
  };
  return { value: undefined, stop };
}
