export interface Scraped {
  /** Records not yet scored, over all partitions. */
  readonly lag: number;
  readonly deadLetters: number;
  /** Events that the challenger has scored, and those that it would decide otherwise. */
  readonly compared: number;
  readonly flips: number;
  /** The version of the model that decides. */
  readonly champion: string | undefined;
}

/** Reads what the demo shows from the scorer's metrics. */
export async function scrape(port: number): Promise<Scraped> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const sum = (name: string): number => {
    const samples = text.matchAll(
      new RegExp(`^stream_scorer_${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'),
    );
    return [...samples].reduce((total, [, value]) => total + Number(value), 0);
  };
  const compared = /^stream_scorer_challenger_rows_total\{[^}]*outcome="compared"[^}]*\} (\S+)$/m;
  const champion = /^stream_scorer_model_info\{([^}]*role="champion"[^}]*)\} 1$/m.exec(text)?.[1];
  return {
    lag: sum('consumer_lag_records'),
    deadLetters: sum('dead_letters_total'),
    compared: Number(compared.exec(text)?.[1] ?? 0),
    flips: sum('challenger_flips_total'),
    champion: /version="([^"]*)"/.exec(champion ?? '')?.[1],
  };
}
