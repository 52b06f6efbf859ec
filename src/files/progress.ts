export interface Progress {
  readonly bytes: number;
  /** Undefined if the length of the input is unknown. */
  readonly total: number | undefined;
  readonly events: number;
  readonly elapsedMs: number;
}

const WIDTH = 24;
const EVERY_MS = 200;

/** One line: a bar by the bytes that were read, events, and events per second since the start. */
export function progressLine({ bytes, total, events, elapsedMs }: Progress): string {
  const rate = elapsedMs > 0 ? Math.round((events * 1000) / elapsedMs) : 0;
  const done = `${mega(bytes)}${total === undefined ? '' : ` of ${mega(total)}`} MB  ${events} events  ${rate}/s`;
  if (total === undefined) return done;
  const share = total === 0 ? 1 : Math.min(1, bytes / total);
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
