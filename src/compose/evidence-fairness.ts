import type { Settings } from '../config/settings.ts';
import { FairnessMonitor, judgingOf } from '../monitor/fairness-monitor.ts';
import { createFairnessObserver } from '../monitor/fairness-observer.ts';
import { CELLS, FairnessWindow } from '../monitor/fairness-window.ts';
import type { GroupFigures } from '../monitor/group-figures.ts';
import { codesOf, groupingsOf } from './fairness.ts';
import type { ObservePlan } from './observe-plan.ts';

/** Groups of a field, over all events that a version and a policy decided. */
export interface FieldFairness {
  readonly by: string;
  readonly events: number;
  readonly groups: readonly GroupFigures[];
  /** Groups for which the stream raises an alarm, in any window. */
  readonly alarms: readonly string[];
}

/** Compares the groups of the events that a version and a policy decided. */
export interface DecidedFairness {
  readonly observe: ObservePlan;
  readonly figures: () => readonly FieldFairness[];
}

/** `now`: the time of the range, in ms. */
export function decidedFairness(
  fairness: NonNullable<Settings['fairness']>,
  policy: string | null,
  now: number,
): DecidedFairness {
  const { favourable, minRatio } = fairness;
  const fields = groupingsOf(fairness);
  const raised = fields.map(() => new Set<string>());
  const monitor = new FairnessMonitor({
    fields,
    minRatio,
    now: () => new Date(now),
    onAlarm: ({ by, group }, begins) => {
      if (begins) raised[fields.findIndex(({ path }) => path === by)]!.add(group);
    },
  });
  // the windows of the monitor forget, and the evidence is about all of the range
  const all = new FairnessWindow(fields.length, new Date(now));
  const codes = codesOf(fields);
  return {
    observe: ({ stream }) =>
      createFairnessObserver({
        monitor,
        codes: codes(stream),
        favourable,
        policy,
        onCounted: (counts) => {
          let events = 0;
          for (let at = 0; at < CELLS; at += 2) events += counts[at]!;
          all.add(counts, events);
        },
      }),
    figures: () =>
      fields.map((field, i) => ({
        by: field.path,
        events: all.events,
        groups: all.figures(i, field, judgingOf({ fields, minRatio })),
        alarms: [...raised[i]!].sort(),
      })),
  };
}
