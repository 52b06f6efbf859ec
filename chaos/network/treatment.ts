import type { RequestHead } from './frames.ts';

/** What is done to one frame instead of passing it on. */
export type Treatment =
  | { readonly does: 'lose' }
  | { readonly does: 'lose and reset' }
  /** `share`: how much of the frame arrives before the reset, in (0, 1). */
  | { readonly does: 'break off'; readonly share: number }
  /** The client is cut off, and the broker gets the frame later, over the connection as it was. */
  | { readonly does: 'hold'; readonly ms: number }
  /** The broker gets the frame twice; the second answer is lost. */
  | { readonly does: 'repeat'; readonly afterMs: number }
  | { readonly does: 'delay'; readonly ms: number }
  /** Later, and what comes behind it goes first, as it would on its way to another broker. */
  | { readonly does: 'be overtaken'; readonly ms: number }
  /** In small pieces, spread over a time. */
  | { readonly does: 'drip'; readonly ms: number }
  /** The broker's end is gone, and the client is not told. */
  | { readonly does: 'half open' };

export type Direction = 'request' | 'answer';

/**
 * What becomes of the frames of a connection. Asked for each one, in order; undefined: it goes on.
 */
export interface Rules {
  treat(direction: Direction, head: RequestHead): Treatment | undefined;
}
