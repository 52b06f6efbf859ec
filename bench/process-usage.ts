import { readFileSync } from 'node:fs';

export interface Usage {
  /** User and system time of all threads so far. */
  readonly cpuSeconds: number;
  /** The resident set, now and at its highest so far (VmRSS, VmHWM). */
  readonly rssBytes: number;
  readonly peakRssBytes: number;
}

/**
 * Linux counts a process's time in hundredths of a second, whatever the kernel's own tick is
 * (USER_HZ).
 */
const TICKS_A_SECOND = 100;

/**
 * What a process and those it started have used; their resident sets are summed, what they share is
 * counted by each.
 */
export function usageOfAll(pid: number): Usage | undefined {
  const own = usageOf(pid);
  if (own === undefined) return undefined;
  return childrenOf(pid).reduce((sum, child) => {
    const { cpuSeconds, rssBytes, peakRssBytes } = usageOfAll(child) ?? NOTHING;
    return {
      cpuSeconds: sum.cpuSeconds + cpuSeconds,
      rssBytes: sum.rssBytes + rssBytes,
      peakRssBytes: sum.peakRssBytes + peakRssBytes,
    };
  }, own);
}

/** CPU seconds of the living processes: of workers (by their program), and of the others. */
export function usageByKind(pid: number): { readonly main: number; readonly workers: number } {
  const own = usageOf(pid)?.cpuSeconds ?? 0;
  let [main, workers] = isWorker(pid) ? [0, own] : [own, 0];
  for (const child of childrenOf(pid)) {
    const below = usageByKind(child);
    main += below.main;
    workers += below.workers;
  }
  return { main, workers };
}

/** The workers that a process has started itself. */
export function workersOf(pid: number): number[] {
  return childrenOf(pid).filter(isWorker);
}

function isWorker(pid: number): boolean {
  try {
    return /[\w-]*worker[\w-]*\.(js|ts)/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}

const NOTHING: Usage = { cpuSeconds: 0, rssBytes: 0, peakRssBytes: 0 };

/** Node starts processes from its main thread, so those of that one are all. */
function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return list === '' ? [] : list.split(' ').map(Number);
  } catch {
    return [];
  }
}

/**
 * What a process has used, from /proc; undefined where there is no /proc, or no such process any
 * more.
 */
export function usageOf(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold anything; utime and stime are the 14th and 15th
    // fields of the line.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [rss, peak] = [/^VmRSS:\s*(\d+) kB/m, /^VmHWM:\s*(\d+) kB/m].map(
      (line) => line.exec(status)?.[1],
    );
    // it has ended and waits for its parent
    if (rss === undefined || peak === undefined) return undefined;
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND,
      rssBytes: Number(rss) * 1024,
      peakRssBytes: Number(peak) * 1024,
    };
  } catch {
    return undefined;
  }
}
