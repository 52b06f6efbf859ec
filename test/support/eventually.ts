import { inspect } from 'node:util';

/**
 * Waits until a condition holds, asking again and again; fails with what it last saw. Not a sleep:
 * it ends at once.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  { withinMs = 60_000, everyMs = 50 } = {},
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`not within ${withinMs} ms; last seen: ${inspect(seen, { depth: 6 })}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
