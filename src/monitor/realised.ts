import type { Calibrator } from './calibrator.ts';
import type { CompleteDay } from './quality-monitor.ts';
import { CODES, NEGATIVE, POSITIVE, SCORE, UNLABELLED } from './score-day.ts';

/** The decisions about which labels and expectations are compared. */
export type Part = 'alarms' | 'others';
const PARTS: readonly Part[] = ['alarms', 'others'];

/** Labels differ from expectations only if the odds differ by more than this factor. */
const TOLERANCE = 1.25;
/** Factors of the odds that the test looks for. */
const FACTORS = [1.5, 2, 4, 1 / 1.5, 1 / 2, 1 / 4];
/** Probability of a false alarm on one day, for a version. */
const ALPHA = 1e-4;
/** An alarm ends after as many complete days without another one. */
const QUIET_DAYS = 7;

/** Labelled events of a day: how many, what was expected, what came, and the test's likelihoods. */
export interface RealisedSums {
  events: number;
  expected: number;
  positives: number;
  readonly logs: Float64Array;
}

export const noSums = (): RealisedSums => ({
  events: 0,
  expected: 0,
  positives: 0,
  logs: new Float64Array(FACTORS.length),
});

/** Adds an event with its calibrated score and its label. */
export function addRealised(sums: RealisedSums, rate: number, positive: boolean): void {
  sums.events++;
  sums.expected += rate;
  if (positive) sums.positives++;
  // A calibrator knows rates of 0 and 1 only from a limited number of events.
  const p = Math.min(1 - 1e-6, Math.max(1e-6, rate));
  const odds = p / (1 - p);
  for (const [i, factor] of FACTORS.entries()) {
    const limit = factor > 1 ? TOLERANCE : 1 / TOLERANCE;
    // log of the likelihood under `factor`, divided by that at the limit of what is tolerated
    sums.logs[i]! +=
      Math.log1p(odds * limit) -
      Math.log1p(odds * factor) +
      (positive ? Math.log(factor / limit) : 0);
  }
}

/** How expectation and labels compare since the last alarm. */
export interface RealisedFigures {
  readonly model: string;
  readonly of: Part;
  /** Labelled events of complete days. */
  readonly events: number;
  readonly expected: number;
  readonly realised: number;
  /** The last alarm was raised for the day, if it still stands. */
  readonly alarm: string | null;
}

/**
 * The test of a version: an e-detector over complete days, for a change that may begin at any
 * time. Its factor grows only where labels are less likely under the expectation (within the
 * tolerance) than under a change of the odds. It reaches 1/alpha by chance about once in 1/alpha
 * days.
 */
export class RealisedTest {
  readonly #model: string;
  readonly #parts = new Map(
    PARTS.map((part) => [
      part,
      {
        logs: new Float64Array(FACTORS.length).fill(-Infinity),
        events: 0,
        expected: 0,
        realised: 0,
        alarm: null as string | null,
        quiet: 0,
      },
    ]),
  );

  constructor(model: string) {
    this.#model = model;
  }

  /** A day is complete. True: its labels raise an alarm. */
  add(part: Part, day: string, sums: RealisedSums): boolean {
    if (sums.events === 0) return false;
    const own = this.#parts.get(part)!;
    own.events += sums.events;
    own.expected += sums.expected;
    own.realised += sums.positives;
    let mean = 0;
    for (let i = 0; i < FACTORS.length; i++) {
      const before = own.logs[i]!;
      // log(R + 1)
      const more =
        before > 0 ? before + Math.log1p(Math.exp(-before)) : Math.log1p(Math.exp(before));
      own.logs[i] = more + sums.logs[i]!;
      mean += Math.exp(own.logs[i]!) / FACTORS.length;
    }
    const raised = mean >= PARTS.length / ALPHA;
    if (raised) {
      own.logs.fill(-Infinity);
      own.alarm = day;
      own.quiet = 0;
    } else if (++own.quiet >= QUIET_DAYS) own.alarm = null;
    return raised;
  }

  get figures(): readonly RealisedFigures[] {
    return [...this.#parts].map(([part, { events, expected, realised, alarm }]) => ({
      model: this.#model,
      of: part,
      events,
      expected,
      realised,
      alarm,
    }));
  }
}

/** The sums of a complete day, by version and part. Versions without a calibrator are left out. */
export function realisedOf(
  { day, names, counting }: CompleteDay,
  calibrators: ReadonlyMap<string, Calibrator>,
): ReadonlyMap<string, ReadonlyMap<Part, RealisedSums>> {
  const { words, floats } = day;
  const sums = new Map<string, Map<Part, RealisedSums>>();
  day.forEach((at) => {
    const codes = words[at + CODES]!;
    const own = day.label(at);
    const label = own === UNLABELLED && counting.unlabelledIsNegative ? NEGATIVE : own;
    const model = names.versions.all[(codes >>> 16) & 0xff]!;
    const calibrator = calibrators.get(model);
    if (label === UNLABELLED || calibrator === undefined) return;
    const part = counting.alarm(codes >>> 24) === true ? 'alarms' : 'others';
    let parts = sums.get(model);
    if (parts === undefined) sums.set(model, (parts = new Map<Part, RealisedSums>()));
    let one = parts.get(part);
    if (one === undefined) parts.set(part, (one = noSums()));
    addRealised(one, calibrator.of(floats[at + SCORE]!), label === POSITIVE);
  });
  return sums;
}
