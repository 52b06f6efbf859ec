/** How fast events are written while faults are injected. */
export interface Pace {
  /** What a fault takes with its recovery and the pause before it, until there is experience of it. */
  readonly guessMs: number;
  readonly minPerSecond: number;
  readonly maxPerSecond: number;
}

/** How far a campaign has come. */
export interface Stage {
  readonly eventsLeft: number;
  readonly faultsLeft: number;
  readonly faultsDone: number;
  readonly elapsedMs: number;
}

/** So many faults say how long one takes. */
const EXPERIENCE = 3;

/** Events a second with which those left last for the faults left. */
export function rateFor(
  { guessMs, minPerSecond, maxPerSecond }: Pace,
  { eventsLeft, faultsLeft, faultsDone, elapsedMs }: Stage,
): number {
  const each = faultsDone < EXPERIENCE ? guessMs : elapsedMs / faultsDone;
  const rate = eventsLeft / ((Math.max(1, faultsLeft) * each) / 1000);
  return Math.max(minPerSecond, Math.min(maxPerSecond, rate));
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
