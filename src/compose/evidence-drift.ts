import type { Section } from '../audit/evidence.ts';
import type { Settings } from '../config/settings.ts';
import { DriftMonitor, type DriftAlarm } from '../monitor/drift-monitor.ts';
import { createDriftObserver } from '../monitor/drift-observer.ts';
import { inOrder, seriesReport, type SeriesReport } from '../monitor/drift-report.ts';
import type { Profile } from '../monitor/profile.ts';
import type { ObservePlan } from './observe-plan.ts';
import type { ModelVersion } from './scoring-plan.ts';

/** Features and scores of the events of a version beside its profile. */
export interface DriftFigures {
  readonly profile: Pick<Profile, 'rows' | 'from' | 'to'>;
  readonly events: number;
  readonly effect: number;
  readonly falseAlarmsPerMillion: number;
  /** Those that have changed first, then by PSI. */
  readonly series: readonly (Omit<SeriesReport, 'alarms'> & {
    readonly alarms: readonly Pick<DriftAlarm, 'change' | 'since'>[];
  })[];
  readonly leftOut: Profile['leftOut'];
}

/** Compares the events of one version with its profile. */
export interface VersionDrift {
  readonly observe: ObservePlan;
  readonly figures: () => Section<DriftFigures>;
}

/** `now`: the time of the range, in ms, for events without a time of their own. */
export function versionDrift(
  { effect, falseAlarmsPerMillion }: NonNullable<Settings['drift']>,
  { profile, references, model }: ModelVersion,
  now: number,
): VersionDrift {
  const { version } = model.identity;
  if (profile === undefined || references === undefined) {
    const notAvailable = `version ${version} of the model has no profile`;
    return { observe: () => () => undefined, figures: () => ({ notAvailable }) };
  }
  const alarms: DriftAlarm[] = [];
  const monitor = new DriftMonitor({
    series: references.series,
    effect,
    falseAlarmsPerMillion,
    quietMs: 0,
    now: () => now,
    onAlarm: (alarm, begins) => {
      if (begins) alarms.push(alarm);
    },
  });
  return {
    // another plan of the same version has the same series, and its own columns
    observe: ({ versions: [own] }) =>
      createDriftObserver({
        ...own.references!,
        monitor,
        score: profile.score,
        model: own.model.identity,
        hours: profile.hourOfWeek !== undefined,
      }),
    figures: () => {
      monitor.flush();
      const { figures, events } = monitor;
      if (events === 0)
        return { notAvailable: `no event of version ${version} could be scored again` };
      const { rows, from, to, leftOut } = profile;
      const series = references.series.map((one, i) =>
        seriesReport(one, Object.values(figures[i]!.counts), alarms),
      );
      return {
        available: {
          profile: { rows, from, to },
          events,
          effect,
          falseAlarmsPerMillion,
          series: inOrder(series).map(({ alarms: raised, ...one }) => ({
            ...one,
            alarms: raised.map(({ change, since }) => ({ change, since })),
          })),
          leftOut,
        },
      };
    },
  };
}
