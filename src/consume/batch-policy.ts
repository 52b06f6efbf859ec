import type { CloseReason } from '../flow/batch.ts';

export interface BatchLimits {
  readonly maxSize: number;
  readonly maxDelayMs: number;
}

/** A partition processor as the policy sees it. */
export interface ProcessorState {
  readonly queued: number;
  /** When the oldest queued record arrived, ms on the clock of `now`. */
  readonly oldestAt: number;
  /** Whether the batch before is still being scored, in a worker. */
  readonly scoring: boolean;
  /** Whether the batch before is still being written. */
  readonly delivering: boolean;
  readonly stopping: boolean;
}

/**
 * Why the batch is closed now, or how long to wait at most before asking again (Infinity: until
 * something happens).
 */
export type BatchDecision = { readonly close: CloseReason } | { readonly waitMs: number };

/**
 * When a batch is closed. An idle partition processor takes the queued records at once, so a slow
 * stream never waits. While the batch before is being written, records gather until there are
 * enough or the oldest has waited `maxDelayMs`. While the batch before is still being scored, they
 * gather until there are enough, because a small batch would only wait for it.
 */
export function closeBatch(state: ProcessorState, limits: BatchLimits, now: number): BatchDecision {
  if (state.queued === 0) return { waitMs: Infinity };
  if (state.queued >= limits.maxSize) return { close: 'size' };
  if (state.stopping) return { close: 'shutdown' };
  if (state.scoring) return { waitMs: Infinity };
  if (!state.delivering) return { close: 'end' };
  const left = state.oldestAt + limits.maxDelayMs - now;
  return left <= 0 ? { close: 'delay' } : { waitMs: left };
}
