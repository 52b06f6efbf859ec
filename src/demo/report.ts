import type { LedgerReport } from './ledger.ts';
import type { Decided } from './show.ts';

const percent = (share: number): string =>
  Number.isNaN(share) ? 'none' : `${(share * 100).toFixed(1)} %`;

/**
 * The last report of a demo with an end: every event compared with its label, and how many are
 * missing.
 */
export function describeVerdict(
  verdict: LedgerReport,
  deadLetters: number,
  versions: readonly Decided[],
): string {
  const { events, scored, missing, duplicates, frauds } = verdict;
  return [
    '',
    `events       ${events} sent, ${scored} scored, ${deadLetters} dead letters, ${missing} missing, ${duplicates} duplicates`,
    `model        ${versions.map(({ version, events: of }) => `version ${version} decided ${of}`).join(', ')}`,
    `frauds       ${frauds}`,
    `REJECT       precision ${percent(verdict.precision)}, recall ${percent(verdict.recall)}`,
    `not APPROVE  precision ${percent(verdict.flaggedPrecision)}, recall ${percent(verdict.flaggedRecall)}`,
    '',
  ].join('\n');
}
