import type { ModelIdentity } from '../flow/scores.ts';
import { percent, textTable, type Table } from '../page/table.ts';
import type { DriftAlarm } from './drift-monitor.ts';
import type { MergedCounts } from './merged-counts.ts';
import type { Profile } from './profile.ts';
import type { ReferenceSeries } from './profile-series.ts';
import { psiByChance, psiOf } from './psi.ts';

/** A part of the values of a series: how large it is in the profile, and in the events. */
export interface SlotReport {
  readonly name: string;
  readonly profile: number;
  readonly events: number;
}

export interface SeriesReport {
  readonly series: string;
  /** Of all events of the report; null without events. */
  readonly psi: number | null;
  /** What PSI would be on average without any change. */
  readonly psiByChance: number | null;
  /** What has changed, in the order in which it was found. */
  readonly alarms: readonly DriftAlarm[];
  readonly slots: readonly SlotReport[];
}

/** Features and scores of some events beside the profile. */
export interface DriftReport {
  readonly model: ModelIdentity;
  readonly input: string;
  readonly profile: Pick<Profile, 'rows' | 'from' | 'to'>;
  readonly events: number;
  /** What limits the report, for people. */
  readonly warnings: readonly string[];
  /** Events without a score, by code. */
  readonly unscored: Readonly<Record<string, number>>;
  readonly effect: number;
  readonly falseAlarmsPerMillion: number;
  /** Those that have changed first, then by PSI. */
  readonly series: readonly SeriesReport[];
  /** What is not compared, and why. */
  readonly leftOut: Profile['leftOut'];
  /** Where the events were counted by the processes that scored them. */
  readonly recorded?: MergedCounts['figures'];
}

/** `counts`: events by slot. */
export function seriesReport(
  { name, slots }: ReferenceSeries,
  counts: readonly number[],
  alarms: readonly DriftAlarm[],
): SeriesReport {
  const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
  const [rows, events] = [sum(slots.counts), sum(counts)];
  return {
    series: name,
    psi: events === 0 ? null : psiOf(slots.counts, counts),
    psiByChance: events === 0 ? null : psiByChance(slots.counts, counts),
    alarms: alarms.filter(({ series }) => series === name),
    slots: slots.names.map((slot, i) => ({
      name: slot,
      profile: slots.counts[i]! / rows,
      events: events === 0 ? 0 : counts[i]! / events,
    })),
  };
}

export function inOrder(series: readonly SeriesReport[]): SeriesReport[] {
  const rank = ({ alarms, psi }: SeriesReport): number =>
    (alarms.length > 0 ? 1e9 : 0) + (psi ?? 0);
  return [...series].sort((a, b) => rank(b) - rank(a));
}

/** What an alarm says, for people. */
export const changeOf = ({ change, since }: DriftAlarm): string =>
  since === null ? change : `${change}, since ${since}`;

/** All series in one table. */
export function overview({ series }: DriftReport): Table {
  return {
    title: 'features and score',
    head: ['', 'PSI', 'by chance', 'change'],
    rows: series.map(({ series: name, psi, psiByChance: chance, alarms }) => [
      name,
      psi === null ? null : psi.toFixed(4),
      chance === null ? null : chance.toFixed(4),
      alarms.length === 0 ? '–' : alarms.map(changeOf).join('; '),
    ]),
    notes: [
      'PSI is only a label; by chance: what it is on average without any change. A change is told if it is proved: see effect and false alarms above.',
    ],
  };
}

export function slotTable({ series, slots }: SeriesReport): Table {
  return {
    title: series,
    head: ['', 'profile', 'events'],
    rows: slots.map(({ name, profile, events }) => [name, percent(profile), percent(events)]),
  };
}

/** What is compared with what, line by line. */
export function subjectOf(report: DriftReport): (readonly [string, string])[] {
  const { model, input, profile, events, unscored, effect, falseAlarmsPerMillion } = report;
  const range = profile.from === null ? '' : `, ${profile.from} to ${profile.to}`;
  return [
    ['model', `${model.name} ${model.version}`],
    ['profile', `${profile.rows} rows${range}`],
    ['events', `${events} of ${input}`],
    ...Object.entries(unscored).map(
      ([code, count]) => ['without a score', `${count} because of ${code}`] as const,
    ),
    ['effect', `changes of ${effect} standard deviations matter, those of half of it never`],
    ['false alarms', `at most ${falseAlarmsPerMillion} in a million events`],
    ...(report.recorded === undefined ? [] : recordedSubject(report.recorded)),
    ...report.warnings.map((what) => ['warning', what] as const),
    ...report.leftOut.map(({ name, why }) => ['not compared', `${name}: ${why}`] as const),
  ];
}

function recordedSubject(
  recorded: NonNullable<DriftReport['recorded']>,
): (readonly [string, string])[] {
  const { processes, from, to, copies, unreadable, others } = recorded;
  const range = from === null || to === null ? '' : `, ${from} to ${to}`;
  return [
    ['counted by', `${processes} ${processes === 1 ? 'process' : 'processes'}${range}`],
    ...Object.entries(others).map(
      ([what, events]) => ['not counted', `${events} events of ${what}`] as const,
    ),
    ...(copies > 0 ? [['not counted', `${copies} copies of reports`] as const] : []),
    ...(unreadable > 0
      ? [['not counted', `${unreadable} records of the topic that are no reports`] as const]
      : []),
  ];
}

/** The alarms that processes raised while they scored; undefined: there is none. */
export function raisedTable({ recorded }: DriftReport): Table | undefined {
  const raised = recorded?.raised ?? [];
  if (raised.length === 0) return undefined;
  const time = (ms: number | null): string | null =>
    ms === null ? null : new Date(ms).toISOString();
  return {
    title: 'alarms that processes raised',
    head: ['', 'change', 'since', 'raised', 'ended', 'process'],
    rows: raised.map(({ series, change, since, raisedAt, endedAt, instance }) => [
      series,
      change,
      time(since),
      time(raisedAt),
      time(endedAt),
      instance,
    ]),
    notes: [],
  };
}

export function driftText(report: DriftReport): string {
  const changed = report.series.filter(({ alarms }) => alarms.length > 0);
  const raised = raisedTable(report);
  return [
    ...subjectOf(report).map(([name, what]) => `${name.padEnd(17)}${what}`),
    '',
    textTable(overview(report)),
    ...(raised === undefined ? [] : [textTable(raised)]),
    ...changed.map((one) => textTable(slotTable(one))),
  ].join('\n');
}
