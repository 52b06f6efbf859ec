import { preparedReasons, reasonUnits } from '../compose/version-reasons.ts';
import type { ScoringPlan } from '../compose/scoring-plan.ts';
import type { Settings } from '../config/settings.ts';

/** What the reasons of decisions will look like, line by line. */
export function describeReasons(
  { versions: [version] }: ScoringPlan,
  settings: Settings,
): string[] {
  const { explain } = settings;
  const ready = preparedReasons(version.model);
  if (explain === undefined || ready === undefined) return [];
  const { by, events, error } = ready;
  const { labels } = version.bundle.description;
  const against =
    explain.relativeTo === 'threshold'
      ? `events just beyond the limit, of ${events} in the background`
      : events === 0
        ? 'the training data, by the covers in the model'
        : `${events} events of the background`;
  const unit = by.space === 'margin' ? 'raw unit (log-odds)' : 'unit of the score';
  const lines = [
    `reasons        for ${explain.decisions.join(', ')}: at most ${explain.top}, ${by.method}, in the ${unit}, against ${against}`,
    ...by.notes.map((note) => `  note: ${note}`),
  ];
  if (error !== undefined)
    lines.push(`  note: standard error of a contribution: ${error.toPrecision(2)} (median)`);
  const units = reasonUnits(version);
  const width = Math.max(...units.map(({ feature }) => feature.length));
  const names = Object.entries(labels);
  for (const { feature, code, fields } of units) {
    const words = names
      .filter(([name, { group }]) => (group ?? name) === feature)
      .flatMap(([, { label }]) => label ?? []);
    const said = [
      code === null ? 'no code' : code,
      ...(fields.length > 1 ? [`${fields.length} fields`] : []),
      ...words.slice(0, 1),
    ];
    lines.push(`       ${feature.padEnd(width)}  ${said.join(', ')}`);
  }
  return lines.map((line) => `${line}\n`);
}
