import { round, spread, table } from './report-table.ts';
import { median } from './statistics.ts';
import type { Swaps } from './swaps.ts';

/** The swaps as Markdown: every round, the ratio of the medians, and the memory. */
export function reportSwaps({ ratePerSecond, seconds, rounds, rss }: Swaps): string {
  const one = round(1);
  const ratio = round(2);
  const rows = rounds.map((run) => [
    String(run.round),
    one(run.quietP50),
    one(run.quietP99),
    one(run.swapP50),
    one(run.swapP99),
    ratio(run.swapP99 / run.quietP99),
    String(run.swaps),
    one(run.swapSeconds),
  ]);
  const head = [
    'round',
    'quiet p50 (ms)',
    'quiet p99 (ms)',
    'swaps p50 (ms)',
    'swaps p99 (ms)',
    'p99, swaps / quiet',
    'swaps',
    'a swap takes (s)',
  ];
  const quiet = median(rounds.map(({ quietP99 }) => quietP99));
  const swaps = median(rounds.map(({ swapP99 }) => swapP99));
  const first = rss[0]?.rssBytes ?? NaN;
  const shown = rss.filter(({ swaps: n }) => n === 1 || n === 10 || n % 50 === 0);
  const memory = shown.map(({ swaps: n, rssBytes }) => [
    String(n),
    round(0)(rssBytes / 1e6),
    ratio(rssBytes / first),
  ]);
  return `## A swap of the model under load

${ratePerSecond.toLocaleString('en-US')} events/s, ${seconds} s without swaps and ${seconds} s with them in each round, all in one run of one program. p99 with swaps
against without, of medians: **${ratio(swaps / quiet)}**; round by round ${spread(
    rounds.map((run) => run.swapP99 / run.quietP99),
    ratio,
  )}.

${table(head, rows)}

Then swaps in a row, without events:

${table(['swaps', 'RSS (MB)', 'RSS against the first'], memory)}
`;
}
