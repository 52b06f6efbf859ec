/** Seconds that each stage took so far, summed over its batches (and over processes). */
export type StageSeconds = Readonly<Record<string, number>>;

const LINE = /^stream_scorer_stage_duration_seconds_sum\{[^}]*stage="([^"]+)"[^}]*\} (\S+)$/gm;

/** Reads the sums of the stage histogram from a page of metrics. */
export function parseStages(page: string): StageSeconds {
  const seconds: Record<string, number> = {};
  for (const [, stage, sum] of page.matchAll(LINE))
    seconds[stage!] = (seconds[stage!] ?? 0) + Number(sum);
  return seconds;
}

/** What the program says of its stages; nothing where it says nothing. */
export async function stagesOf(metricsUrl: string | undefined): Promise<StageSeconds> {
  if (metricsUrl === undefined) return {};
  try {
    const answer = await fetch(metricsUrl, { signal: AbortSignal.timeout(5000) });
    return answer.ok ? parseStages(await answer.text()) : {};
  } catch {
    return {};
  }
}
