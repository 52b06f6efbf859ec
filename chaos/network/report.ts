import type { Delivery } from '../options.ts';
import { brokenLedger, ledgerRows, table } from '../report.ts';
import type { InjectedNetworkFault } from './campaign.ts';
import { TRANSACTION_MS, type NetworkResult } from './run.ts';

export interface AskedOfNetwork {
  readonly delivery: Delivery;
  readonly faults: number;
}

/** No partition may stand still for longer while input waits. */
export const LONGEST_STALL_MS = 45_000;

/** What breaks the guarantee, or keeps it too late, in words; empty where it held. */
export function networkViolations(result: NetworkResult, asked: AskedOfNetwork): string[] {
  const { faults, commits, longestStallMs, longestOpenMs, longestBehindMs, settled, troubles } =
    result;
  const never = faults.filter(({ recoveryMs }) => recoveryMs === undefined);
  return [
    ...brokenLedger(result, asked),
    never.length > 0 ? `${never.length} faults were not recovered from (${kindsOf(never)})` : '',
    longestStallMs > LONGEST_STALL_MS
      ? `a partition stood still for ${seconds(longestStallMs)} s`
      : '',
    commits.back > 0 && asked.delivery === 'exactly-once'
      ? `${commits.back} committed offsets went back, by ${commits.furthest} at most`
      : '',
    longestBehindMs > LONGEST_STALL_MS
      ? `a committed offset stayed back for ${seconds(longestBehindMs)} s`
      : '',
    longestOpenMs > TRANSACTION_MS ? `a transaction was open for ${seconds(longestOpenMs)} s` : '',
    settled ? '' : 'the last stable offset did not reach the end',
    faults.length < asked.faults
      ? `only ${faults.length} of ${asked.faults} faults were injected in time`
      : '',
    troubles.length > 0
      ? `the proxy did not understand ${troubles.length} frames: ${troubles[0]!}`
      : '',
  ].filter((line) => line !== '');
}

/** The figures of a run as Markdown. */
export function reportNetwork(result: NetworkResult, asked: AskedOfNetwork): string {
  const { faults, commits } = result;
  const figures = table(
    ['', asked.delivery],
    [
      ...ledgerRows(result, asked),
      ['faults injected', n(faults.length)],
      ['longest stall of a partition', `${seconds(result.longestStallMs)} s`],
      ['commits of the group', n(commits.commits)],
      ['commits that went back', n(commits.back)],
      ['longest time that one transaction held up readers', `${seconds(result.longestOpenMs)} s`],
      ['last stable offset at the end', result.settled ? 'yes' : 'NO'],
      ['duration', `${Math.round(result.wallSeconds)} s`],
    ],
  );
  const kinds = table(
    ['fault', 'injected', 'recovery, median (s)', 'longest (s)'],
    grouped(faults, ({ kind }) => kind).map(([kind, of]) => [
      kind,
      n(of.length),
      ...recoveries(of),
    ]),
  );
  const targets = table(
    ['hit', 'faults', 'recovery, median (s)', 'longest (s)'],
    grouped(faults, ({ target }) => target).map(([target, of]) => [
      target,
      n(of.length),
      ...recoveries(of),
    ]),
  );
  const broken = networkViolations(result, asked);
  const verdict =
    broken.length === 0 ? 'The guarantee held.' : `THE GUARANTEE IS BROKEN: ${broken.join('; ')}.`;
  return `${figures}\n\n${kinds}\n\n${targets}\n\n${verdict}\n`;
}

function grouped(
  faults: readonly InjectedNetworkFault[],
  by: (fault: InjectedNetworkFault) => string,
): [string, InjectedNetworkFault[]][] {
  return [...Map.groupBy(faults, by)].sort(([a], [b]) => a.localeCompare(b));
}

function recoveries(faults: readonly InjectedNetworkFault[]): string[] {
  const times = faults.map(({ recoveryMs }) => recoveryMs ?? Infinity).sort((a, b) => a - b);
  const show = (ms: number): string => (ms === Infinity ? 'not in time' : seconds(ms));
  return [show(times[Math.floor((times.length - 1) / 2)]!), show(times.at(-1)!)];
}

const kindsOf = (faults: readonly InjectedNetworkFault[]): string =>
  [...new Set(faults.map(({ kind }) => kind))].join(', ');
const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const n = (value: number): string => value.toLocaleString('en-US');
