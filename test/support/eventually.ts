import { inspect } from 'node:util';

/** Shortest and longest pause between two looks, in ms. */
const SOON_MS = 20;
const SELDOM_MS = 250;

/**
 * Waits until a condition holds, asking again and again; fails with what it last saw. Not a sleep:
 * it ends soon after. Unless told how often, it asks the more seldom the longer it has waited: a
 * tenth of this time is between two looks, as most of them ask a broker.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  { withinMs = 60_000, everyMs }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const begun = Date.now();
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    const waited = Date.now() - begun;
    if (waited > withinMs)
      throw new Error(`not within ${withinMs} ms; last seen: ${inspect(seen, { depth: 6 })}`);
    const pause = everyMs ?? Math.min(Math.max(waited / 10, SOON_MS), SELDOM_MS);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
