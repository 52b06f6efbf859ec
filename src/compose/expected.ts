import type { Settings } from '../config/settings.ts';
import { Calibrator } from '../monitor/calibrator.ts';
import { createExpectedObserver, ExpectedQuality } from '../monitor/expected-quality.ts';
import type { CompleteDay } from '../monitor/quality-monitor.ts';
import { realisedOf, RealisedTest } from '../monitor/realised.ts';
import { alarmBy } from './label-settings.ts';
import type { ObservePlan } from './observe-plan.ts';
import type { Reports } from './reports.ts';
import type { ScoringPlan } from './scoring-plan.ts';

/** What calibrated scores lead to expect, and whether labels agree, as the service uses it. */
export interface Expected {
  readonly observe: ObservePlan;
  /** A day has its labels. */
  readonly onComplete: (complete: CompleteDay) => void;
  readonly detail: () => readonly string[];
  /** A version has a calibrator. */
  readonly isUsed: () => boolean;
  readonly report: () => object;
}

/** It does nothing for versions whose profile has no calibrator. */
export function createExpected(
  settings: Pick<Settings, 'labels' | 'decision'>,
  { metrics, logger }: Pick<Reports, 'metrics' | 'logger'>,
): Expected {
  const expected = new ExpectedQuality();
  const calibrators = new Map<string, Calibrator>();
  const tests = new Map<string, RealisedTest>();
  const isAlarm = alarmBy(settings);
  const alarms = () =>
    [...tests.values()].flatMap((test) => test.figures.filter(({ alarm }) => alarm !== null));
  metrics.monitors.onCollect(() => {
    const { expectedPrecision, expectedRecall, qualityAlarm } = metrics.monitors;
    for (const gauge of [expectedPrecision, expectedRecall, qualityAlarm]) gauge.reset();
    for (const { model, expectedPrecision: precision, expectedRecall: recall } of expected.newest) {
      if (precision !== null) expectedPrecision.set({ model_version: model }, precision);
      if (recall !== null) expectedRecall.set({ model_version: model }, recall);
    }
    for (const [model, test] of tests) {
      const stands = test.figures.some(({ alarm }) => alarm !== null);
      qualityAlarm.set({ model_version: model }, stands ? 1 : 0);
    }
  });
  return {
    observe: (plan) => {
      learn(calibrators, plan);
      return createExpectedObserver({ expected, calibrators, isAlarm, now: Date.now });
    },
    onComplete: (complete) => {
      for (const [model, parts] of realisedOf(complete, calibrators)) {
        let test = tests.get(model);
        if (test === undefined) tests.set(model, (test = new RealisedTest(model)));
        for (const [part, sums] of parts) {
          if (!test.add(part, complete.name, sums)) continue;
          const { events, expected: wanted, positives } = sums;
          logger.warn(
            { model, of: part, day: complete.name, events, expected: wanted, positives },
            `quality: labels of version ${model} part from what its scores led to expect`,
          );
        }
      }
    },
    detail: () =>
      alarms().map(
        ({ model, of, alarm }) =>
          `quality: labels of version ${model} (${of}) part from what its scores led to expect, day ${alarm}`,
      ),
    isUsed: () => calibrators.size > 0,
    report: () => ({
      newest: expected.newest,
      days: expected.days,
      realised: [...tests.values()].flatMap((test) => test.figures),
    }),
  };
}

/** A version may have another calibrator after its profile was made again. */
function learn(calibrators: Map<string, Calibrator>, { versions }: ScoringPlan): void {
  for (const { model, profile } of versions) {
    const { version } = model.identity;
    if (profile?.calibrator === undefined) calibrators.delete(version);
    else calibrators.set(version, new Calibrator(profile.calibrator.knots));
  }
}
