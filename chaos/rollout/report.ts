import { auditRows, auditViolations } from '../audit.ts';
import type { Delivery } from '../options.ts';
import { brokenLedger, ledgerRows, table } from '../report.ts';
import type { RolloutResult } from './run.ts';
import { REFUSED } from './steps.ts';

export interface AskedOfRollout {
  readonly delivery: Delivery;
}

/** What is not as it has to be, in words; empty if all is. */
export function rolloutViolations(result: RolloutResult, asked: AskedOfRollout): string[] {
  const { verdict, planned, done, countedFallbacks } = result;
  const { illegal, unclean, wrongScores, wrongDecisions, comparedTwice, otherwise } = verdict;
  return [
    ...brokenLedger(result, asked),
    ...auditViolations(result.audit),
    illegal > 0 ? `${illegal} scores are of a version or a policy that must not decide there` : '',
    unclean > 0 ? `${unclean} boundaries between versions are not clean` : '',
    wrongScores > 0 ? `${wrongScores} scores are not those of their version` : '',
    wrongDecisions > 0 ? `${wrongDecisions} decisions are not those of their policy` : '',
    verdict.fallbacks > countedFallbacks
      ? `the champion decided for ${verdict.fallbacks} keys of a canary, and the replicas counted ${countedFallbacks}`
      : '',
    verdict.ofCanary === 0 ? 'no canary decided' : '',
    verdict.comparisons === 0 ? 'no event was compared' : '',
    comparedTwice > 0 && asked.delivery === 'exactly-once'
      ? `${comparedTwice} comparisons are there twice`
      : '',
    otherwise > 0 ? `${otherwise} comparisons do not agree with the output topic` : '',
    done < planned ? `only ${done} of ${planned} steps were done in time` : '',
  ].filter((line) => line !== '');
}

/** The figures of a run as Markdown. */
export function reportRollout(result: RolloutResult, asked: AskedOfRollout): string {
  const { verdict, changes, notes } = result;
  const copies = asked.delivery === 'at-least-once' ? ' (allowed)' : '';
  const figures = table(
    ['', asked.delivery],
    [
      ...ledgerRows(result, asked),
      ...auditRows(result.audit),
      ['changes of the champion', n(takenOver(result))],
      ['versions that were refused, one at each gate', n(refusalsOf(result).length)],
      ['**scores of a version or policy that must not decide there**', n(verdict.illegal)],
      ['**scores that are not those of their version**', n(verdict.wrongScores)],
      ['**decisions that are not those of their policy**', n(verdict.wrongDecisions)],
      ['changes by partition in which the order held, refusals included', n(verdict.clean)],
      ['**in which it did not hold**', n(verdict.unclean)],
      ['that went back, while partitions moved', `${n(verdict.wentBack)} (allowed)`],
      ['scores of canaries', n(verdict.ofCanary)],
      ['scores of the champion for keys of a canary', n(verdict.fallbacks)],
      ['comparisons of the challenger', n(verdict.comparisons)],
      ['comparisons that are there twice', `${n(verdict.comparedTwice)}${copies}`],
      ['**comparisons that do not agree with the scores**', n(verdict.otherwise)],
      ['duration', `${Math.round(result.wallSeconds)} s`],
    ],
  );
  const kinds = table(
    ['step', 'done', 'until all replicas followed, median (s)', 'longest (s)'],
    [...Map.groupBy(changes, ({ kind }) => kind)]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([kind, of]) => [kind, n(of.length), ...spread(of.map(({ tookMs }) => tookMs))]),
  );
  const others = notes.filter((note) => !note.startsWith(REFUSED));
  const said = others.map((note) => `\n\n${note[0]!.toUpperCase()}${note.slice(1)}.`).join('');
  const broken = rolloutViolations(result, asked);
  const verdictLine =
    broken.length === 0
      ? 'Every score is of one version and one policy that could decide there.'
      : `IT DID NOT HOLD: ${broken.join('; ')}.\n\n${verdict.examples.join('\n')}`;
  return `${figures}\n\n${kinds}${said}\n\n${verdictLine}\n`;
}

const refusalsOf = ({ notes }: RolloutResult): string[] =>
  notes.filter((note) => note.startsWith(REFUSED));

/** Changes of the champion, to new versions and back. */
const takenOver = ({ changes }: RolloutResult): number =>
  changes.filter(({ states }) => states[0]!.champion !== states.at(-1)!.champion).length;

function spread(times: readonly number[]): string[] {
  const sorted = times.toSorted((a, b) => a - b);
  const show = (ms: number): string => (ms / 1000).toFixed(1);
  return [show(sorted[Math.floor((sorted.length - 1) / 2)]!), show(sorted.at(-1)!)];
}

const n = (value: number): string => value.toLocaleString('en-US');
