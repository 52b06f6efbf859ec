/** No more than one line in this time. */
const EVERY_MS = 2000;

export interface ProgressOptions {
  readonly what: string;
  readonly log: (line: string) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Turns the output of Maven during a download into a short line from time to time: the number of
 * files, and the progress of the current one. Returns the function for each piece of output.
 */
export function mavenProgress({
  what,
  log,
  now = () => performance.now(),
}: ProgressOptions): (piece: string) => void {
  let rest = '';
  let files = 0;
  let under = '';
  let last = -Infinity;
  return (piece) => {
    // "Progress (1): 4.1/159 MB" overwrites itself with carriage returns.
    const lines = (rest + piece).split(/[\r\n]+/);
    rest = lines.pop() ?? '';
    const before = files;
    for (const line of lines) {
      if (/Downloaded from /.test(line)) files++;
      under =
        /Progress \(1\): (.+)/.exec(line)?.[1]?.trim() ?? (/Download/.test(line) ? '' : under);
    }
    if ((files === before && under === '') || now() - last < EVERY_MS) return;
    last = now();
    log(`  ${what}: ${files} files${under === '' ? '' : `, ${under}`}`);
  };
}
