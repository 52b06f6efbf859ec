import type { Unscored } from '../compose/profile-events.ts';
import type { Profile } from '../monitor/profile.ts';
import { fewRows } from '../monitor/small-profile.ts';

/** What a profile is made of, for a person. */
export function profileSummary(profile: Profile, unscored: Unscored): string {
  const { rows, read, from, to, features, leftOut, hourOfWeek, model, calibrator } = profile;
  const sampled = rows === read ? '' : `, a sample of ${read}`;
  const numeric = features.filter(({ kind }) => kind === 'numeric').length;
  const lines = [
    `model          ${model.name} ${model.version}`,
    `rows           ${rows}${sampled}${from === null || to === null ? '' : `, ${from} to ${to}`}`,
    `features       ${numeric} numeric, ${features.length - numeric} categorical`,
    ...leftOut.map(({ name, why }) => `  left out: ${name}: ${why}`),
    `hours          ${hourOfWeek === undefined ? 'one reference for all hours' : 'a reference for each hour of the week'}`,
    ...(calibrator === undefined
      ? []
      : [
          `calibrator     ${calibrator.knots.length} knots, ${calibrator.rows} labels, ${calibrator.positives} of them 1`,
        ]),
    ...[...unscored].map(([code, count]) => `  without a score: ${count} because of ${code}`),
  ];
  const few = fewRows(rows);
  if (few !== undefined) lines.push(`  warning: ${few}`);
  return `${lines.join('\n')}\n`;
}
