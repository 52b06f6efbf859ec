import { SIDES } from './compared-batch.ts';
import { tablesOf, volumesTable } from './report-tables.ts';
import type { FlipKind, Report, SideIdentity } from './report.ts';
import { plural } from './counts.ts';
import { count, printable, score, textTable } from '../page/table.ts';

/** This many hours or days get a row. */
const MAX_TIMES = 48;

/** The report as text for a terminal. */
export function textReport(report: Report): string {
  const [events, decisions, flips, ...rest] = tablesOf(report);
  return [
    ...SIDES.map((side) => sideLine(side.toUpperCase(), report.subject[side])),
    inputLine(report),
    '',
    ...[events, decisions, flips].map((table) => textTable(table!)),
    ...report.flips.map(examplesOf),
    ...rest.map(textTable),
    ...volumesTable(report, MAX_TIMES).map(textTable),
  ].join('\n');
}

function sideLine(name: string, { config, sets, model, policy, recorded }: SideIdentity): string {
  const set = sets.map((one) => ` ${one}`).join('');
  const { sha256, version } = model;
  const from =
    recorded === undefined
      ? `${config}${printable(set)}`
      : `topic ${recorded.topic}: ${plural(recorded.records, 'score record')}, ${count(recorded.repeated)} repeated, ${count(recorded.changed)} changed;`;
  const short = sha256 === '' ? '' : ` (sha256 ${sha256.slice(0, 12)})`;
  return `${name}  ${from}  model ${printable(model.name)} ${printable(version)}${short}, policy ${policy === null ? 'without a name' : printable(policy)}`;
}

function inputLine({ subject: { input, every } }: Report): string {
  return `   ${printable(input)}${every === 1 ? '' : `, every ${every}th event`}`;
}

function examplesOf({ from, to, examples }: FlipKind): string {
  const lines = examples.map(({ topic, partition, offset, time, a, b, event }) =>
    [
      `  ${printable(topic)} ${partition} ${offset}`,
      ...(time === null ? [] : [time]),
      `${score(a)} → ${score(b)}`,
      printable(JSON.stringify(event)),
    ].join('  '),
  );
  return [`${from} → ${to}: the largest differences`, ...lines, ''].join('\n');
}
