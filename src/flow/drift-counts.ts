import type { ModelIdentity } from './scores.ts';

/**
 * How many events one process counted in a span of time, by bin: the record of `drift.topic`. Each
 * event is in one of them, so they add up over spans, processes and restarts. Times in ms.
 */
export interface DriftCounts {
  /** The process. With `sequence`, it names the report: what has the same names is a copy. */
  readonly instance: string;
  readonly sequence: number;
  readonly model: ModelIdentity;
  /** SHA-256 of the bins. Only counts of the same bins add up. */
  readonly bins: string;
  readonly countedFrom: number;
  readonly countedTo: number;
  /** Of the events, where the profile has references by the hour. */
  readonly hourOfWeek: number | null;
  /** The time of the first event; null: it has none. */
  readonly firstEvent: number | null;
  readonly events: number;
  readonly series: readonly SeriesCounts[];
  /** Those that began or ended in the span. */
  readonly alarms: readonly AlarmReport[];
}

/** Events of a feature, or of the score, by the name of the bin. Bins without events are left out. */
export interface SeriesCounts {
  readonly name: string;
  readonly bins: Readonly<Record<string, number>>;
}

export interface AlarmReport {
  readonly series: string;
  readonly change: string;
  /** When the change began, by the times of the events; null: earlier than is remembered. */
  readonly since: number | null;
  readonly raisedAt: number;
  /** Null: it begins. */
  readonly endedAt: number | null;
}
