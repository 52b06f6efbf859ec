import { keysOf, plural, ratio, sum } from './counts.ts';
import { SIDES, type Side } from './compared-batch.ts';
import { capacityTables, labelTables } from './label-tables.ts';
import type { Group, Report } from './report.ts';
import { volumesOf } from './volumes.ts';
import { amount, count, percent, score, type Cell, type Table } from '../page/table.ts';

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

/** Decisions by hour, or by day if there are many hours. */
export function volumesTable(report: Report, most: number): Table[] {
  const { per, times } = volumesOf(report.hours, most);
  if (times.length === 0) return [];
  const names = keysOf(report.all.decisions.a, report.all.decisions.b);
  const rows = times
    .slice(0, most)
    .map(({ time, a, b }) => [time, ...names.flatMap((name) => [a[name] ?? 0, b[name] ?? 0])]);
  const more = times.length - rows.length;
  return [
    {
      title: `Decisions per ${per} (time of the event, UTC)`,
      head: [per, ...names.flatMap((name) => [`${name} A`, 'B'])],
      rows,
      notes: [
        ...(more === 0 ? [] : [`and ${more} more: --json has all`]),
        ...(report.withoutTime === 0 ? [] : [`${report.withoutTime} events have no time`]),
      ],
    },
  ];
}
