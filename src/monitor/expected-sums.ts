import { DAY_MS } from './score-table.ts';

/** Alarms and the sum of their calibrated scores; the same for other decisions. */
export interface ExpectedSums {
  alarms: number;
  caught: number;
  others: number;
  missed: number;
}

/** What calibrated scores say about decisions, before there are labels. */
export interface ExpectedFigures {
  /** Days of the events, in UTC. */
  readonly from: string;
  readonly to: string;
  readonly events: number;
  readonly alarms: number;
  readonly expectedPositives: number;
  /** Null without alarms. */
  readonly expectedPrecision: number | null;
  /** Null where no positive events are expected. */
  readonly expectedRecall: number | null;
}

export const noSums = (): ExpectedSums => ({ alarms: 0, caught: 0, others: 0, missed: 0 });

/** `rate`: the calibrated score. */
export function addDecision(sums: ExpectedSums, isAlarm: boolean, rate: number): void {
  if (isAlarm) {
    sums.alarms++;
    sums.caught += rate;
  } else {
    sums.others++;
    sums.missed += rate;
  }
}

export function addSums(own: ExpectedSums, more: ExpectedSums): void {
  own.alarms += more.alarms;
  own.caught += more.caught;
  own.others += more.others;
  own.missed += more.missed;
}

/**
 * Expected precision and recall from calibrated scores (CBPE): of alarms, the sum of calibrated
 * scores is the expected number of true ones; of other decisions, that of missed ones. `from` and
 * `to`: days since 1970.
 */
export function expectedFigures(
  from: number,
  to: number,
  { alarms, caught, others, missed }: ExpectedSums,
): ExpectedFigures {
  const positives = caught + missed;
  return {
    from: dayText(from),
    to: dayText(to),
    events: alarms + others,
    alarms,
    expectedPositives: positives,
    expectedPrecision: alarms === 0 ? null : caught / alarms,
    expectedRecall: positives === 0 ? null : caught / positives,
  };
}

const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
