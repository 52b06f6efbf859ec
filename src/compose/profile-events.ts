import type { ScorerError } from '../errors.ts';
import type { Events } from '../flow/events.ts';
import type { Batch } from '../flow/batch.ts';
import type { Outcome } from '../flow/outcome.ts';
import type { Settings } from '../config/settings.ts';
import { untilAvailable } from '../runtime/retry.ts';
import type { OfflineEvents } from './offline-events.ts';
import { createScoreBatch } from './score-batch.ts';
import type { ScoringPlan } from './scoring-plan.ts';

/** A scored batch, with the columns that were decoded. */
export interface SeenBatch {
  readonly batch: Batch;
  readonly events: Events;
  readonly outcome: Outcome;
  /** In ms; NaN for an event without a time. */
  readonly times: Float64Array;
}

export interface SeeEventsOptions {
  readonly plan: ScoringPlan;
  readonly settings: Settings;
  readonly source: OfflineEvents;
  readonly every: number;
  /** The times of the events of a batch. */
  readonly timesOf: (batch: Batch) => Promise<Float64Array>;
  readonly signal: AbortSignal;
  /** What is done with each batch that has scores. */
  readonly see: (seen: SeenBatch) => void;
  /** Called after each batch. */
  readonly onBatch: (share: number | undefined) => void;
  /** Something does not answer. It is asked again. */
  readonly onRetry: (error: ScorerError) => void;
}

/** Events that have no score, by the code of the reason. */
export type Unscored = ReadonlyMap<string, number>;

/** Scores all events of a source through the pipeline of the stream, and shows each batch. */
export async function seeEvents(options: SeeEventsOptions): Promise<Unscored> {
  const { plan, settings, source, every, timesOf, signal, see, onBatch, onRetry } = options;
  const unscored = new Map<string, number>();
  const count = (code: string): void => void unscored.set(code, (unscored.get(code) ?? 0) + 1);
  const decoded: Events[] = [];
  const score = createScoreBatch(plan, {
    settings,
    registry: source.registry,
    topic: source.topic,
    onScored: (events) => {
      decoded.push(events);
      return undefined;
    },
  });
  const patiently = <T>(work: () => Promise<T>): Promise<T> =>
    untilAvailable(work, { signal, onRetry });
  const { maxSize } = settings.batch;
  for await (const { batch, invalid, share } of source.batches({ maxSize, every })) {
    for (const { code } of invalid) count(code);
    decoded.length = 0;
    const outcome = await patiently(() => score(batch));
    for (const { code } of outcome.fates.rejects) count(code);
    const times = await patiently(() => timesOf(batch));
    const events = decoded.at(-1);
    if (events !== undefined && outcome.scores !== null) see({ batch, events, outcome, times });
    onBatch(share);
  }
  return unscored;
}
