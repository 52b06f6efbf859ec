import { SIDES, type Side } from './compared-batch.ts';
import type { Counts, Group, Report } from './report.ts';
import { amount, count, exact, percent, score, type Cell, type Table } from './table.ts';

/** The figures of a report as tables: the same on the terminal and on the page. */
export function tablesOf(report: Report): readonly Table[] {
  return [
    eventsTable(report),
    decisionsTable(report),
    flipsTable(report),
    scoresTable(report),
    ...decidedByTable(report),
    ...labelTables(report),
    ...capacityTables(report),
    ...segmentTables(report),
  ];
}

function eventsTable({ all }: Report): Table {
  const scored = (side: Side): number => sum(all.decisions[side]);
  const codes = keysOf(all.unscored.a, all.unscored.b);
  const reasons = keysOf(all.skipped.a, all.skipped.b);
  return {
    title: 'Events',
    head: ['', 'A', 'B'],
    rows: [
      ['scored', scored('a'), scored('b')],
      ...codes.map((code): Cell[] => [
        `not scored: ${code}`,
        all.unscored.a[code] ?? 0,
        all.unscored.b[code] ?? 0,
      ]),
      ...reasons.map((reason): Cell[] => [
        `skipped: ${reason}`,
        all.skipped.a[reason] ?? 0,
        all.skipped.b[reason] ?? 0,
      ]),
    ],
    notes: [`${plural(all.events, 'event')}, ${count(all.bothScored)} scored by both`],
  };
}

function decisionsTable({ all, subject }: Report): Table {
  const names = keysOf(all.decisions.a, all.decisions.b);
  const [totalA, totalB] = [sum(all.decisions.a), sum(all.decisions.b)];
  const withAmount = all.amounts !== undefined;
  return {
    title: 'Decisions',
    head: [
      'decision',
      'A',
      'share',
      'B',
      'share',
      'B − A',
      ...(withAmount ? [`${subject.amount} A`, `${subject.amount} B`] : []),
    ],
    rows: names.map((name) => {
      const [a, b] = [all.decisions.a[name] ?? 0, all.decisions.b[name] ?? 0];
      return [
        name,
        a,
        percent(ratio(a, totalA)),
        b,
        percent(ratio(b, totalB)),
        b - a,
        ...(withAmount ? [amount(all.amounts.a[name] ?? 0), amount(all.amounts.b[name] ?? 0)] : []),
      ];
    }),
  };
}

function flipsTable({ all, flips }: Report): Table {
  return {
    title: 'Flips from A to B',
    head: ['kind', 'events', 'share'],
    rows: flips.map(({ from, to, count: events }) => [
      `${from} → ${to}`,
      events,
      percent(ratio(events, all.bothScored)),
    ]),
    notes: [`${plural(all.flips, 'flip')} of ${count(all.bothScored)} (${percent(all.flipShare)})`],
  };
}

function scoresTable({ all, scores }: Report): Table {
  const { difference, identicalScores, bothScored } = all;
  const quantiles = keysOf(scores.a.quantiles, scores.b.quantiles).sort(
    (x, y) => Number(x) - Number(y),
  );
  const row = (name: string, of: (side: Side) => number | null | undefined): Cell[] => [
    name,
    ...SIDES.map((side) => score(of(side) ?? null)),
  ];
  return {
    title: 'Scores',
    head: ['', 'A', 'B'],
    rows: [
      row('mean', (side) => scores[side].mean),
      row('lowest', (side) => scores[side].min),
      ...quantiles.map((q) => row(`quantile ${q}`, (side) => scores[side].quantiles[q])),
      row('highest', (side) => scores[side].max),
    ],
    notes: [
      `B − A: mean ${score(difference.mean)}, mean of absolute values ${score(difference.meanAbsolute)}, largest ${score(difference.maxAbsolute)}`,
      `${count(identicalScores)} of ${count(bothScored)} scores are identical, bit for bit`,
    ],
  };
}

function decidedByTable({ decidedBy }: Report): Table[] {
  if (decidedBy === null) return [];
  const names = keysOf(decidedBy.a, decidedBy.b);
  if (names.length < 2) return [];
  const rows = names.map((name) => [name, decidedBy.a[name] ?? 0, decidedBy.b[name] ?? 0]);
  return [{ title: 'Decided by', head: ['', 'A', 'B'], rows }];
}

function labelTables({ all, labels, ranking, subject }: Report): Table[] {
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

function capacityTables({ capacity, subject, labels }: Report): Table[] {
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

function segmentTables({ segments, otherSegments, subject }: Report): Table[] {
  if (subject.by === null) return [];
  const withAlarms = segments.some(({ quality }) => quality?.a.alarms);
  const alarms = (group: Group, of: 'precision' | 'recall'): Cell[] =>
    SIDES.map((side) => percent(group.quality?.[side].alarms?.[of] ?? null));
  const missed = (group: Group): Cell[] =>
    SIDES.map((side) => amount(group.quality?.[side].alarms?.amount?.missed));
  const names = [...new Set(SIDES.flatMap((side) => subject[side].decisions))];
  const withAmount = subject.amount !== null;
  return [
    {
      title: `By ${subject.by}`,
      head: [
        subject.by,
        'events',
        'flips',
        'share',
        ...names.flatMap((name) => [`${name} A`, 'B']),
        ...(withAlarms
          ? ['precision A', 'B', 'recall A', 'B', ...(withAmount ? ['missed A', 'B'] : [])]
          : []),
      ],
      rows: segments.map((group) => [
        group.segment,
        group.events,
        group.flips,
        percent(group.flipShare),
        ...names.flatMap((name) => SIDES.map((side) => group.decisions[side][name] ?? 0)),
        ...(withAlarms
          ? [
              ...alarms(group, 'precision'),
              ...alarms(group, 'recall'),
              ...(withAmount ? missed(group) : []),
            ]
          : []),
      ]),
      notes:
        otherSegments === 0
          ? []
          : [
              `${plural(otherSegments, 'event')} have other values: only ${segments.length} get a row`,
            ],
    },
  ];
}

export function keysOf(a: Readonly<Record<string, unknown>>, b: typeof a): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

export function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, events) => total + events, 0);
}

function plural(many: number, name: string): string {
  return `${count(many)} ${name}${many === 1 ? '' : 's'}`;
}

function ratio(part: number, of: number): number | null {
  return of === 0 ? null : part / of;
}
