import type { Settings } from '../config/settings.ts';
import { createFairness } from './fairness.ts';
import type { ObservePlan } from './observe-plan.ts';
import type { Reports } from './reports.ts';

/** The monitors of a stream. They outlive the versions of the model, and count what is delivered. */
export interface Monitors {
  readonly observers: readonly ObservePlan[];
  /** Their figures by the section of the configuration, for `GET /monitor`. */
  readonly report: () => Readonly<Record<string, unknown>>;
}

export function createMonitors(settings: Settings, reports: Reports): Monitors {
  const fairness = createFairness(settings, reports);
  reports.status.detailed(() => fairness?.detail() ?? []);
  return {
    observers: fairness === undefined ? [] : [fairness.observe],
    report: () => (fairness === undefined ? {} : { fairness: fairness.monitor.figures }),
  };
}
