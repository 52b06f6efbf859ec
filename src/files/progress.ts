export interface Progress {
  readonly bytes: number;
  /** Undefined if the length of the input is unknown. */
  readonly total: number | undefined;
  readonly events: number;
  /** The part that is done, 0 to 1, where bytes do not say it. */
  readonly share?: number | undefined;
  readonly elapsedMs: number;
}

const WIDTH = 24;
const EVERY_MS = 200;

/**
 * One line: a bar by the bytes that were read or by the share, events, and events per second since
 * the start.
 */
export function progressLine({ bytes, total, events, elapsedMs, ...known }: Progress): string {
  const rate = elapsedMs > 0 ? Math.round((events * 1000) / elapsedMs) : 0;
  const size = `${mega(bytes)}${total === undefined ? '' : ` of ${mega(total)}`} MB  `;
  const done = `${known.share === undefined ? size : ''}${events} events  ${rate}/s`;
  const share = known.share ?? (total === undefined ? undefined : total === 0 ? 1 : bytes / total);
  if (share === undefined) return done;
  return withBar(Math.min(1, share), done);
}

function withBar(share: number, done: string): string {
  const filled = Math.round(share * WIDTH);
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${Math.floor(share * 100)}%  ${done}`;
}

const mega = (bytes: number): string => (bytes / 1e6).toFixed(1);

/**
 * Shows the progress on a terminal, in one line that is overwritten at most five times a second.
 */
export function progressBar(err: (text: string) => void, now: () => number) {
  const start = now();
  let last = -Infinity;
  return {
    show(progress: Omit<Progress, 'elapsedMs'>): void {
      const at = now();
      if (at - last < EVERY_MS) return;
      last = at;
      err(`\r\x1b[K${progressLine({ ...progress, elapsedMs: at - start })}`);
    },
    clear(): void {
      if (last > -Infinity) err('\r\x1b[K');
    },
  };
}
