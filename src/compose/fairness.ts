import type { Settings } from '../config/settings.ts';
import type { Events } from '../flow/events.ts';
import { FairnessMonitor, type FairnessAlarm } from '../monitor/fairness-monitor.ts';
import { createFairnessObserver } from '../monitor/fairness-observer.ts';
import { CELLS } from '../monitor/fairness-window.ts';
import { Grouping } from '../monitor/group-reader.ts';
import type { ObservePlan } from './observe-plan.ts';
import type { Reports } from './reports.ts';
import type { StreamPlan } from './scoring-plan.ts';

/** The comparison of groups, as the service uses it. */
export interface Fairness {
  readonly monitor: FairnessMonitor;
  readonly fields: readonly Grouping[];
  readonly observe: ObservePlan;
  /** The numbers of the groups of a batch, by a plan. They are computed once for each batch. */
  readonly codes: (stream: StreamPlan) => (events: Events) => readonly Uint8Array[];
  /** Alarms, for the readiness probe. */
  readonly detail: () => readonly string[];
}

/** Undefined without the section `fairness`. */
export function createFairness(
  { fairness }: Pick<Settings, 'fairness'>,
  { metrics, logger }: Pick<Reports, 'metrics' | 'logger'>,
): Fairness | undefined {
  if (fairness === undefined) return undefined;
  const { favourable, minRatio } = fairness;
  const fields = groupingsOf(fairness);
  const { fairnessDecisions, fairnessRatio, fairnessAlarm } = metrics.monitors;
  const monitor = new FairnessMonitor({
    fields,
    minRatio,
    now: () => new Date(),
    onAlarm: (alarm, begins) => {
      const what = `fairness: ${words(alarm, minRatio)}`;
      if (begins) logger.warn({ ...alarm }, what);
      else logger.info({ ...alarm }, `${what}: this is over`);
    },
  });
  metrics.monitors.onCollect(() => {
    fairnessRatio.reset();
    fairnessAlarm.reset();
    const { figures } = monitor;
    const latest = figures.at(-1);
    for (const { model, policy, by, groups, alarms } of figures) {
      for (const group of alarms) fairnessAlarm.set({ by, group }, 1);
      if (model !== latest?.model || policy !== latest.policy) continue;
      for (const { group, ratio, best } of groups) {
        if (ratio !== null || best) fairnessRatio.set({ by, group }, ratio ?? 1);
        if (!alarms.includes(group)) fairnessAlarm.inc({ by, group }, 0);
      }
    }
  });
  const counted = new Float64Array(fields.length * CELLS);
  const onCounted = (counts: Uint32Array): void => {
    for (let i = 0; i < counted.length; i++) counted[i]! += counts[i]!;
  };
  metrics.monitors.onCount(() => {
    for (const [field, { path: by, names }] of fields.entries()) {
      for (const [code, group] of names.all.entries()) {
        const at = field * CELLS + 2 * code;
        const [events, hits] = [counted[at]!, counted[at + 1]!];
        if (hits > 0) fairnessDecisions.inc({ by, group, favourable: 'true' }, hits);
        if (hits < events) fairnessDecisions.inc({ by, group, favourable: 'false' }, events - hits);
      }
    }
    counted.fill(0);
  });
  const codes = codesOf(fields);
  return {
    monitor,
    fields,
    codes,
    observe: ({ stream }) => {
      const policy = stream.policy?.compiled.policy ?? null;
      const options = { monitor, codes: codes(stream), favourable, policy, onCounted };
      return createFairnessObserver(options);
    },
    detail: () => monitor.alarms.map((alarm) => `fairness: ${words(alarm, minRatio)}`),
  };
}

/** The fields by which events are grouped. */
export const groupingsOf = ({ by }: NonNullable<Settings['fairness']>): Grouping[] =>
  by.map((one) =>
    typeof one === 'string' ? new Grouping(one) : new Grouping(one.field, one.bounds),
  );

/**
 * The numbers of the groups of a batch, by a plan. They are computed once for each batch, whoever
 * asks for them.
 */
export function codesOf(fields: readonly Grouping[]): Fairness['codes'] {
  const byPlan = new WeakMap<StreamPlan, ReturnType<Fairness['codes']>>();
  return (stream) => {
    const before = byPlan.get(stream);
    if (before !== undefined) return before;
    const { groups } = stream.monitored;
    let last: { columns: Events['columns']; codes: readonly Uint8Array[] } | undefined;
    const codes = (events: Events): readonly Uint8Array[] => {
      if (last?.columns !== events.columns)
        last = {
          columns: events.columns,
          codes: fields.map((field, i) => field.codes(events, groups[i]!)),
        };
      return last.codes;
    };
    byPlan.set(stream, codes);
    return codes;
  };
}

const words = ({ by, group, model, since }: FairnessAlarm, minRatio: number): string =>
  `${by} = ${group} gets fewer favourable decisions than ${minRatio} of the best group (version ${model}, since ${since})`;
