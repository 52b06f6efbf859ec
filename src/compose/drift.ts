import type { Settings } from '../config/settings.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import { DriftMonitor, type DriftAlarm, type SeriesFigures } from '../monitor/drift-monitor.ts';
import { createDriftObserver, type CountsBlocks } from '../monitor/drift-observer.ts';
import type { Profile } from '../monitor/profile.ts';
import { SCORE } from '../monitor/series.ts';
import { fewRows } from '../monitor/small-profile.ts';
import type { SpanCounts } from '../monitor/span-counts.ts';
import type { DriftReports } from './drift-reports.ts';
import type { ObservePlan } from './observe-plan.ts';
import type { Reports } from './reports.ts';
import type { ModelVersion } from './scoring-plan.ts';

/** What `GET /monitor` shows of the version that decides. */
export interface DriftReport {
  readonly model: string;
  /** Rows of its profile. */
  readonly rows: number;
  readonly events: number;
  readonly effect: number;
  /** What limits the comparison, for people. */
  readonly warnings: readonly string[];
  readonly series: readonly SeriesFigures[];
}

/** The comparison with the profile, as the service uses it. */
export interface Drift {
  readonly observe: ObservePlan;
  readonly report: () => DriftReport | null;
  /** Alarms, for the readiness probe. */
  readonly detail: () => readonly string[];
}

/** So many versions keep what was counted, for one that decides again. */
const MAX_VERSIONS = 8;

interface Monitored {
  readonly version: ModelVersion;
  readonly monitor: DriftMonitor;
  /** The counts that are written to a topic, if that is asked for. */
  readonly span: SpanCounts | undefined;
}

/** Undefined without the section `drift`. `reports`: where counts are written. */
export function createDrift(
  { drift }: Pick<Settings, 'drift'>,
  { metrics, logger }: Pick<Reports, 'metrics' | 'logger'>,
  reports?: Pick<DriftReports, 'spanOf' | 'report'>,
  now: () => number = Date.now,
): Drift | undefined {
  if (drift === undefined) return undefined;
  const monitors = new Map<string, Monitored>();
  let current: Monitored | undefined;

  const countsOf = (version: ModelVersion): CountsBlocks => {
    const { identity } = version.model;
    const key = `${identity.version} ${identity.sha256}`;
    const known = monitors.get(key);
    const own: Monitored = known ?? opened(version);
    monitors.delete(key);
    monitors.set(key, own);
    for (const [oldest] of monitors) if (monitors.size > MAX_VERSIONS) monitors.delete(oldest);
    turnTo(own);
    const { monitor, span } = own;
    return {
      add: (block) => {
        monitor.add(block);
        span?.add(block);
      },
    };
  };
  /** Another version decides: what was counted of the one before is reported soon. */
  const turnTo = (next: Monitored | undefined): void => {
    if (current !== undefined && current !== next) void reports?.report();
    current = next;
  };
  const opened = (version: ModelVersion): Monitored => {
    const { model, references } = version;
    const span = reports?.spanOf(model.identity, references!.series);
    const monitor = new DriftMonitor({
      ...drift,
      series: references!.series,
      now,
      onAlarm: (alarm, begins) => {
        span?.alarm(alarm, begins);
        const what = `drift: ${words(alarm, model.identity.version)}`;
        if (begins) logger.warn({ ...alarm, version: model.identity.version }, what);
        else logger.info({ ...alarm, version: model.identity.version }, `${what}: this is over`);
      },
    });
    return { version, monitor, span };
  };

  const { featurePsi, featureAlarm, scorePsi, scoreAlarm, bins } = metrics.monitors.drift;
  metrics.monitors.onCollect(() => {
    featurePsi.reset();
    featureAlarm.reset();
    bins.reset();
    for (const { series, psi, alarm } of current?.monitor.figures ?? []) {
      const standing = alarm === null ? 0 : 1;
      if (series === SCORE) {
        if (psi !== null) scorePsi.set(psi);
        scoreAlarm.set(standing);
        continue;
      }
      if (psi !== null) featurePsi.set({ feature: series }, psi);
      featureAlarm.set({ feature: series }, standing);
    }
    for (const { monitor } of monitors.values())
      for (const { series: feature, counts } of monitor.figures)
        for (const [bin, count] of Object.entries(counts))
          if (count > 0) bins.inc({ feature, bin }, count);
  });

  const told = new Set<string>();
  const tellOnce = ({ version }: ModelIdentity, what: string): void => {
    if (!told.has(version + what))
      logger.warn({ version }, `drift: version ${version} of the model: ${what}`);
    told.add(version + what);
  };
  return {
    observe: ({ versions: [champion] }) => {
      const { references, profile, model } = champion;
      if (references === undefined || profile === undefined) {
        turnTo(undefined);
        tellOnce(model.identity, 'it has no profile, so nothing is compared');
        return () => undefined;
      }
      const few = fewRows(profile.rows);
      if (few !== undefined) tellOnce(model.identity, few);
      return createDriftObserver({
        monitor: countsOf(champion),
        ...references,
        score: profile.score,
        model: model.identity,
        hours: profile.hourOfWeek !== undefined,
      });
    },
    report: () =>
      current === undefined
        ? null
        : {
            model: current.version.model.identity.version,
            rows: current.version.profile!.rows,
            events: current.monitor.events,
            effect: drift.effect,
            warnings: warningsOf(current.version.profile!),
            series: current.monitor.figures,
          },
    detail: () =>
      (current?.monitor.alarms ?? []).map(
        (alarm) => `drift: ${words(alarm, current!.version.model.identity.version)}`,
      ),
  };
}

export const warningsOf = ({ rows }: Pick<Profile, 'rows'>): string[] => {
  const few = fewRows(rows);
  return few === undefined ? [] : [few];
};

const words = ({ series, change, since }: DriftAlarm, version: string): string =>
  `${series}: ${change} than in the profile (version ${version}, since ${since ?? 'long ago'})`;
