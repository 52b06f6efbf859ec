export interface Scraped {
  /** Records not yet scored, over all partitions. */
  readonly lag: number;
  readonly deadLetters: number;
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
  return { lag: sum('consumer_lag_records'), deadLetters: sum('dead_letters_total') };
}
