import type { Settings } from '../config/settings.ts';
import { IdHash } from '../monitor/id-hash.ts';
import { OverrideTally, type Agreement, type OverrideOutcome } from '../monitor/override-tally.ts';
import type { QualityMonitor } from '../monitor/quality-monitor.ts';
import type { MonitorMetrics } from '../observe/monitor-metrics.ts';
import { followLabels, type LabelFollowerOptions } from './label-follower.ts';
import { overrideJoinOf } from './label-settings.ts';

/** Decisions of people about scored events, as the service uses them. */
export interface Overrides {
  /** Nothing without `labels.overrides`. */
  readonly follow: (
    common: Pick<
      LabelFollowerOptions,
      'settings' | 'registry' | 'reader' | 'logger' | 'from' | 'signal'
    >,
  ) => readonly Promise<void>[];
  readonly detail: () => readonly string[];
  readonly report: () => readonly Agreement[];
}

export function createOverrides(
  labels: NonNullable<Settings['labels']>,
  { table, names }: QualityMonitor,
  { overridesJoined, overrides: counter }: MonitorMetrics,
): Overrides {
  const join = overrideJoinOf(labels);
  const count = (outcome: OverrideOutcome, of = 1): void => {
    overridesJoined.inc({ outcome }, of);
  };
  const tally = new OverrideTally({
    table,
    names,
    onOverride: count,
    onJoined: ({ by, decision, agreed }) => {
      counter.inc({ by, decision, agreed: String(agreed) });
    },
  });
  const hash = new IdHash();
  let trouble: string | undefined;
  return {
    follow: (common) =>
      join === undefined
        ? []
        : [
            followLabels({
              ...common,
              topic: labels.overrides!.topic,
              join,
              where: 'labels.overrides',
              hash,
              add: (value) => {
                if (value === undefined || value === null || value === '') return 'empty';
                if (typeof value !== 'string') return 'invalid';
                tally.add(hash, value);
                return 'added';
              },
              onEmpty: (empty) => {
                count('empty', empty);
              },
              onInvalid: (invalid) => {
                count('invalid', invalid);
              },
              onTrouble: (why) => {
                trouble = why;
              },
            }),
          ],
    detail: () => (trouble === undefined ? [] : [`labels.overrides: ${trouble}`]),
    report: () => tally.figures,
  };
}
