import type { Settings } from '../config/settings.ts';
import { labelJoinOf, type LabelJoin } from './label-join.ts';

type LabelSettings = NonNullable<Settings['labels']>;

/** How labels of the stream find their events: as those of `compare`. */
export function joinOf({
  topic,
  id,
  label,
  positive,
}: Pick<LabelSettings, 'topic' | 'id' | 'label' | 'positive'>): LabelJoin {
  const { join } = labelJoinOf({ labels: `topic:${topic}`, labelId: id, label })!;
  return positive === undefined ? join : { ...join, positive };
}

/** How decisions of people find the events. */
export function overrideJoinOf({ overrides, id }: LabelSettings): LabelJoin | undefined {
  if (overrides === undefined) return undefined;
  return joinOf({ topic: overrides.topic, id: overrides.id ?? id, label: overrides.decision });
}

/** Whether a decision is an alarm: all but that of the first band, unless they are named. */
export function alarmBy({
  labels,
  decision,
}: Pick<Settings, 'labels' | 'decision'>): (name: string) => boolean {
  const named = labels?.alarms;
  const best = decision?.bands[0]?.decision;
  return (name) => (named === undefined ? name !== best : named.includes(name));
}

/** An alarm is no first band of any policy at hand, unless the configuration names alarms. */
export function alarmByAll(
  settings: Pick<Settings, 'labels' | 'decision'>,
  policies: readonly Pick<Settings, 'decision'>[],
): (name: string) => boolean {
  const { labels } = settings;
  const all = [settings, ...policies].map(({ decision }) =>
    alarmBy({ ...(labels && { labels }), ...(decision && { decision }) }),
  );
  return (name) => all.every((isAlarm) => isAlarm(name));
}

/** Whether low scores are those that alarms are about. */
export const isLowerWorse = ({ decision }: Pick<Settings, 'decision'>): boolean =>
  decision?.bands.some(({ downTo }) => downTo !== undefined) ?? false;
