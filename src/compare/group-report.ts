import { both, type Both, type Side } from './compared-batch.ts';
import type { GroupTally, SideTally } from './group-tally.ts';
import type {
  AlarmQuality,
  Counts,
  DecisionQuality,
  Group,
  Quality,
  SideIdentity,
} from './report.ts';
import type { Verdict, Verdicts } from './verdicts.ts';

/** The name of a score without a decision. */
const NO_DECISION = '(no decision)';

export interface GroupOptions {
  readonly sides: Both<SideIdentity>;
  readonly verdicts: Verdicts;
  readonly amounts: boolean;
  readonly labels: boolean;
}

/** The figures of a tally, with names instead of numbers. */
export function groupOf(tally: GroupTally, options: GroupOptions): Group {
  const { verdicts, amounts, labels } = options;
  const counted = (side: Side, ...kinds: readonly Verdict['kind'][]): Counts =>
    countsOf(tally.counts(side), verdicts, kinds);
  const { bothScored, flips, identical } = tally;
  return {
    events: tally.events,
    bothScored,
    flips,
    flipShare: part(flips, bothScored),
    identicalScores: identical,
    difference: {
      mean: tally.meanDifference,
      meanAbsolute: tally.meanAbsoluteDifference,
      maxAbsolute: bothScored === 0 ? null : tally.maxDifference,
    },
    decisions: both((side) => ({
      ...Object.fromEntries(options.sides[side].decisions.map((name) => [name, 0])),
      ...counted(side, 'decision', 'scored'),
    })),
    unscored: both((side) => counted(side, 'unscored')),
    skipped: both((side) => counted(side, 'skipped')),
    ...(amounts
      ? { amounts: both((side) => amountsOf(tally.sides[side], options.sides[side], verdicts)) }
      : {}),
    ...(labels
      ? { quality: both((side) => qualityOf(tally.sides[side], options.sides[side], options)) }
      : {}),
  };
}

/** Counts of verdicts of these kinds by their names, those that are not zero. */
export function countsOf(
  counts: readonly number[],
  { all }: Verdicts,
  kinds: readonly Verdict['kind'][],
): Counts {
  return Object.fromEntries(
    all.flatMap((verdict, id) =>
      kinds.includes(verdict.kind) && (counts[id] ?? 0) > 0 ? [[nameOf(verdict), counts[id]!]] : [],
    ),
  );
}

export function nameOf({ kind, name }: Verdict): string {
  return kind === 'scored' ? NO_DECISION : name;
}

/** The verdicts that are decisions, in the order of the side's own list. */
function decided(own: SideIdentity, { all }: Verdicts): { name: string; id: number }[] {
  const found = all.flatMap((verdict, id) =>
    verdict.kind === 'decision' || verdict.kind === 'scored' ? [{ name: nameOf(verdict), id }] : [],
  );
  const place = (name: string): number => own.decisions.indexOf(name) + 1 || Infinity;
  return found.sort((x, y) => place(x.name) - place(y.name) || x.id - y.id);
}

function amountsOf(tally: SideTally, own: SideIdentity, verdicts: Verdicts): Counts {
  return Object.fromEntries(
    decided(own, verdicts)
      .filter(({ id }) => (tally.events[id] ?? 0) > 0)
      .map(({ name, id }) => [name, tally.amount.get(id)]),
  );
}

function qualityOf(
  tally: SideTally,
  own: SideIdentity,
  { verdicts, amounts }: GroupOptions,
): Quality {
  const rows = decided(own, verdicts).filter(
    ({ id, name }) => (tally.events[id] ?? 0) > 0 || own.decisions.includes(name),
  );
  const allPositives = sum(rows, ({ id }) => tally.positives[id] ?? 0);
  const decisions = rows.map(({ name, id }): DecisionQuality => {
    const positives = tally.positives[id] ?? 0;
    const negatives = tally.negatives[id] ?? 0;
    return {
      decision: name,
      events: tally.events[id] ?? 0,
      positives,
      negatives,
      precision: part(positives, positives + negatives),
      recall: part(positives, allPositives),
      ...(amounts
        ? {
            amount: {
              all: tally.amount.get(id),
              positives: tally.positiveAmount.get(id),
              negatives: tally.negativeAmount.get(id),
            },
          }
        : {}),
    };
  });
  return {
    decisions,
    alarms: own.alarms.length === 0 ? null : alarmsOf(decisions, tally, own, verdicts),
  };
}

function alarmsOf(
  decisions: readonly DecisionQuality[],
  tally: SideTally,
  { alarms }: SideIdentity,
  { all }: Verdicts,
): AlarmQuality {
  const alarm = decisions.filter(({ decision }) => alarms.includes(decision));
  const passed = decisions.filter(({ decision }) => !alarms.includes(decision));
  const caught = sum(alarm, ({ positives }) => positives);
  const falseAlarms = sum(alarm, ({ negatives }) => negatives);
  const missed = sum(passed, ({ positives }) => positives);
  const negatives = falseAlarms + sum(passed, (entry) => entry.negatives);
  const without = [...all.keys()].filter((id) => ['unscored', 'skipped'].includes(all[id]!.kind));
  const withAmounts = decisions.some(({ amount }) => amount !== undefined);
  return {
    caught,
    missed,
    falseAlarms,
    precision: part(caught, caught + falseAlarms),
    recall: part(caught, caught + missed),
    falsePositiveRate: part(falseAlarms, negatives),
    unscored: sum(without, (id) => tally.positives[id] ?? 0),
    ...(withAmounts
      ? {
          amount: {
            caught: sum(alarm, ({ amount }) => amount!.positives),
            missed: sum(passed, ({ amount }) => amount!.positives),
            falseAlarms: sum(alarm, ({ amount }) => amount!.negatives),
            unscored: sum(without, (id) => tally.positiveAmount.get(id)),
          },
        }
      : {}),
  };
}

export function part(count: number, of: number): number | null {
  return of === 0 ? null : count / of;
}

function sum<T>(entries: readonly T[], value: (entry: T) => number): number {
  return entries.reduce((total, entry) => total + value(entry), 0);
}
