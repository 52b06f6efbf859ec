import { readFileSync } from 'node:fs';

export interface Usage {
  /** User and system time of all threads so far. */
  readonly cpuSeconds: number;
  /** The highest resident set so far (VmHWM). */
  readonly peakRssBytes: number;
}

/** Linux counts a process's time in hundredths of a second, whatever the kernel's own tick is (USER_HZ). */
const TICKS_A_SECOND = 100;

/** What a process has used, from /proc; undefined where there is no /proc, or no such process any more. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold anything; utime and stime are the 14th and 15th fields of the line.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (kilobytes === undefined) return undefined; // it has ended and waits for its parent
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND,
      peakRssBytes: Number(kilobytes) * 1024,
    };
  } catch {
    return undefined;
  }
}
