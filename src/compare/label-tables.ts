import { SIDES, type Side } from './compared-batch.ts';
import { plural } from './counts.ts';
import type { Report } from './report.ts';
import { amount, count, exact, percent, score, type Cell, type Table } from '../page/table.ts';

/** What the labels say about decisions, alarms and scores. */
export function labelTables({ all, labels, ranking, subject }: Report): Table[] {
  const { quality } = all;
  if (labels === null || quality === undefined) return [];
  const withAmount = subject.amount !== null;
  const byDecision: Table = {
    title: 'Decisions and labels',
    head: [
      'decision',
      'events',
      'label 1',
      'label 0',
      'precision',
      'recall',
      ...(withAmount ? [`${subject.amount}, label 1`, `${subject.amount}, label 0`] : []),
    ],
    rows: SIDES.flatMap((side) =>
      quality[side].decisions.map((row): Cell[] => [
        `${side.toUpperCase()}  ${row.decision}`,
        row.events,
        row.positives,
        row.negatives,
        percent(row.precision),
        percent(row.recall),
        ...(withAmount ? [amount(row.amount?.positives), amount(row.amount?.negatives)] : []),
      ]),
    ),
    notes: [
      `labels: ${count(labels.joined)} of ${plural(all.events, 'event')} have one, ${count(labels.unlabelled)} have none; ${count(labels.unused)} labels without an event; ${count(labels.repeated)} repeated, ${count(labels.changed)} changed, ${count(labels.empty)} empty`,
      `joined: ${subject.labels}`,
    ],
  };
  const value = (name: string, of: (side: Side) => Cell): Cell[] => [name, ...SIDES.map(of)];
  const alarms = SIDES.every((side) => quality[side].alarms !== null);
  const alarm = (side: Side) => quality[side].alarms!;
  const rows: Cell[][] = alarms
    ? [
        value('caught', (side) => alarm(side).caught),
        value('missed', (side) => alarm(side).missed),
        value('false alarms', (side) => alarm(side).falseAlarms),
        value('precision', (side) => percent(alarm(side).precision)),
        value('recall', (side) => percent(alarm(side).recall)),
        value('false positive rate', (side) => percent(alarm(side).falsePositiveRate)),
        value('label 1 without a score', (side) => alarm(side).unscored),
        ...(withAmount
          ? [
              value(`${subject.amount}, caught`, (side) => amount(alarm(side).amount?.caught)),
              value(`${subject.amount}, missed`, (side) => amount(alarm(side).amount?.missed)),
              value(`${subject.amount}, false alarms`, (side) =>
                amount(alarm(side).amount?.falseAlarms),
              ),
            ]
          : []),
      ]
    : [];
  const summary: Table = {
    title: alarms ? 'Alarms and labels' : 'Scores and labels',
    head: ['', 'A', 'B'],
    rows: [
      ...rows,
      value('ROC AUC', (side) => score(ranking![side].rocAuc)),
      value('average precision', (side) => score(ranking![side].averagePrecision)),
    ],
    notes: alarms
      ? SIDES.map((side) => `alarms of ${side.toUpperCase()}: ${subject[side].alarms.join(', ')}`)
      : [],
  };
  return [byDecision, summary];
}

/** The thresholds that the capacity needs. */
export function capacityTables({ capacity, subject, labels }: Report): Table[] {
  if (capacity === null) return [];
  const { perDay, days } = capacity.a;
  const rows = SIDES.flatMap((side) =>
    (
      [
        ['on average', capacity[side].onAverage],
        ['on every day', capacity[side].everyDay],
      ] as const
    ).map(([name, found]): Cell[] => [
      `${side.toUpperCase()}  ${name}`,
      exact(found.threshold),
      found.reviewed,
      score(found.perDay.mean),
      found.perDay.max,
      ...(labels === null
        ? []
        : [
            percent(found.found!.precision),
            percent(found.found!.recall),
            ...(subject.amount === null ? [] : [amount(found.found!.amount?.caught)]),
          ]),
    ]),
  );
  const without = Math.max(capacity.a.withoutTime, capacity.b.withoutTime);
  return [
    {
      title: `Threshold for ${perDay} reviews a day`,
      head: [
        'no more than that',
        'threshold',
        'reviewed',
        'mean a day',
        'most a day',
        ...(labels === null
          ? []
          : [
              'precision',
              'recall',
              ...(subject.amount === null ? [] : [`${subject.amount} caught`]),
            ]),
      ],
      rows,
      notes: [
        `events with this score or a worse one are reviewed; ${plural(days, 'day')} (UTC), the first and the last may be incomplete`,
        ...(subject.every === 1
          ? []
          : [
              `every ${subject.every}th event was compared: the capacity was divided by ${subject.every}`,
            ]),
        ...(without === 0 ? [] : [`${plural(without, 'event')} without a time are left out`]),
      ],
    },
  ];
}
