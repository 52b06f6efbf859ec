import { auditRows, auditViolations } from './audit.ts';
import { longestOf, missedObjectives, OBJECTIVES } from './objectives.ts';
import type { Delivery } from './options.ts';
import type { FaultWithPause, RunResult } from './run.ts';
import type { FaultKind } from './schedule.ts';

export interface Asked {
  readonly delivery: Delivery;
  readonly faults: number;
}

export type Outcome = Pick<RunResult, 'totals' | 'drained' | 'endedThemselves' | 'endedBadly'>;

/** What breaks the guarantee, in words; empty where it held. */
export function violations(result: RunResult, asked: Asked): string[] {
  const { faults } = result;
  return [
    ...brokenLedger(result, asked),
    ...auditViolations(result.audit),
    faults.some(({ recoveryMs }) => recoveryMs === undefined)
      ? 'the group did not recover from every fault in time'
      : '',
    faults.length < asked.faults
      ? `only ${faults.length} of ${asked.faults} faults were injected in time`
      : '',
  ].filter((line) => line !== '');
}

/** What the topics and the ends of the replicas say, whatever the faults were. */
export function brokenLedger(
  { totals, drained, endedThemselves, endedBadly }: Outcome,
  { delivery }: Pick<Asked, 'delivery'>,
): string[] {
  const { missing, duplicates, outOfOrder, wrong } = totals;
  return [
    missing > 0 ? `${missing} inputs have no output` : '',
    duplicates > 0 && delivery === 'exactly-once' ? `${duplicates} outputs are there twice` : '',
    outOfOrder > 0 ? `${outOfOrder} outputs are out of order` : '',
    wrong > 0 ? `${wrong} outputs are not what the input deserves` : '',
    drained && totals.unfinished === 0
      ? ''
      : `the end of the input was not reached in time (${totals.unfinished} inputs left)`,
    endedThemselves > 0 ? `${endedThemselves} replicas ended by themselves` : '',
    endedBadly > 0 ? `${endedBadly} replicas did not end well by SIGTERM` : '',
  ].filter((line) => line !== '');
}

/** The figures of a run as Markdown. */
export function reportRun(result: RunResult, asked: Asked): string {
  const { faults, wallSeconds } = result;
  const ledger = table(
    ['', asked.delivery],
    [
      ...ledgerRows(result, asked),
      ...auditRows(result.audit),
      ['faults injected', n(faults.length)],
      ['duration', `${Math.round(wallSeconds)} s`],
    ],
  );
  const byKind = Map.groupBy(faults, ({ kind }) => kind);
  const recovery = table(
    [
      'fault',
      'injected',
      'recovery, median (s)',
      'longest (s)',
      'longest pause (s)',
      'at most (s)',
    ],
    [...byKind]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([kind, of]) => [kind, n(of.length), ...recoveries(of), ...pauseOf(kind, of)]),
  );
  const broken = violations(result, asked);
  const verdict =
    broken.length === 0 ? 'The guarantee held.' : `THE GUARANTEE IS BROKEN: ${broken.join('; ')}.`;
  return `${ledger}\n\n${recovery}\n\n${verdict} ${objectives(faults)}\n`;
}

/** What was found, for the first table of a report. */
export function ledgerRows(
  { totals, endedThemselves, endedBadly }: Outcome,
  { delivery }: Pick<Asked, 'delivery'>,
): string[][] {
  const copies = delivery === 'at-least-once' ? ' (allowed)' : '';
  return [
    ['inputs', n(totals.inputs)],
    ['scores', n(totals.scores)],
    ['dead letters', n(totals.deadLetters)],
    ['**missing**', n(totals.missing)],
    ['**duplicates**', `${n(totals.duplicates)}${copies}`],
    ['**out of order per key**', n(totals.outOfOrder)],
    ['wrong outputs', n(totals.wrong)],
    ['replicas that ended by themselves', n(endedThemselves)],
    ['replicas that did not end well by SIGTERM', n(endedBadly)],
  ];
}

/** A pause that is too long breaks no guarantee: the machine of the run may be slow. */
function objectives(faults: readonly FaultWithPause[]): string {
  const missed = missedObjectives(faults);
  return missed.length === 0
    ? 'No partition paused for longer than it may.'
    : `A PARTITION PAUSED FOR TOO LONG: ${missed.join('; ')}.`;
}

function pauseOf(kind: FaultKind, faults: readonly FaultWithPause[]): string[] {
  const most = OBJECTIVES[kind];
  return [(longestOf(faults) / 1000).toFixed(1), most === undefined ? '' : String(most / 1000)];
}

function recoveries(faults: readonly FaultWithPause[]): string[] {
  const times = faults.map(({ recoveryMs }) => recoveryMs ?? Infinity).sort((a, b) => a - b);
  const show = (ms: number): string => (ms === Infinity ? 'not in time' : (ms / 1000).toFixed(1));
  return [show(times[Math.floor((times.length - 1) / 2)]!), show(times.at(-1)!)];
}

const n = (value: number): string => value.toLocaleString('en-US');

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
