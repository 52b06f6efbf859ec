import type { Group } from './group.ts';
import type { Machine } from './machine.ts';
import type { Memory } from './memory.ts';
import type { Profile } from './profile.ts';
import type { Latencies } from './report-latency.ts';
import type { Sweeps } from './report-sweep.ts';
import type { Throughput } from './report.ts';
import type { Swaps } from './swaps.ts';

/**
 * What was measured, by part; each part with how and where, as they may come from different runs of
 * the bench.
 */
export interface Results {
  readonly throughput?: Kept<Throughput>;
  readonly latency?: Kept<Latencies>;
  readonly sweep?: Kept<Sweeps>;
  readonly memory?: Kept<Memory>;
  readonly group?: Kept<Group>;
  readonly profile?: Kept<Profile>;
  readonly swap?: Kept<Swaps>;
}

export interface Kept<T> {
  readonly command: string;
  /** yyyy-mm-dd */
  readonly date: string;
  readonly machine: Machine;
  readonly given: T;
}

/**
 * As text that `parseResults` reads. JSON has no NaN, which stands for what could not be measured.
 */
export function formatResults(results: Results): string {
  return `${JSON.stringify(results, null, 1)}\n`;
}

/** Reads the results of earlier runs; none where there is no text. */
export function parseResults(text: string | undefined): Results {
  if (text === undefined) return {};
  return JSON.parse(text, (_key, value: unknown) => (value === null ? NaN : value)) as Results;
}
