import { setTimeout as sleep } from 'node:timers/promises';
import type { createFaults } from './faults.ts';
import type { Load } from './load.ts';
import { rateFor, seconds, type Pace } from './pace.ts';
import type { Progress } from './progress.ts';
import type { FaultKind, PlannedFault } from './schedule.ts';

export interface InjectedFault {
  readonly kind: FaultKind;
  /**
   * From the end of the fault until the group has committed, in every partition, what was in the
   * input then; ms, or undefined where that took longer than was waited.
   */
  readonly recoveryMs: number | undefined;
  /** From its beginning until the group had recovered, or was waited for no longer; ms since the epoch. */
  readonly from: number;
  readonly to: number;
}

export interface CampaignOptions {
  readonly plan: readonly PlannedFault[];
  readonly faults: ReturnType<typeof createFaults>;
  readonly load: Load;
  readonly progress: Progress;
  /** No fault begins after this moment of `performance.now()`. */
  readonly until: number;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

const PACE: Pace = { guessMs: 10_000, minPerSecond: 0, maxPerSecond: 6000 };
const RECOVERY_MS = 60_000;

/**
 * Injects the faults one after another, while the load goes on: its rate is set so that both end
 * together.
 */
export async function inject(options: CampaignOptions): Promise<InjectedFault[]> {
  const { plan, faults, load, progress, until, stop, say } = options;
  const injected: InjectedFault[] = [];
  const startedAt = performance.now();
  for (const fault of plan) {
    if (performance.now() > until) break;
    load.rate = rateFor(PACE, {
      eventsLeft: load.left,
      faultsLeft: plan.length - injected.length,
      faultsDone: injected.length,
      elapsedMs: performance.now() - startedAt,
    });
    await sleep(fault.pauseMs, undefined, { signal: stop });
    const from = Date.now();
    const beganAt = performance.now();
    await faults[fault.kind](fault);
    const overAt = performance.now();
    const recovered = await progress.reaches(await progress.ends(), RECOVERY_MS);
    const recoveryMs = recovered ? performance.now() - overAt : undefined;
    injected.push({ kind: fault.kind, recoveryMs, from, to: Date.now() });
    const recovery =
      recoveryMs === undefined ? 'NOT recovered' : `recovered after ${seconds(recoveryMs)}`;
    const pace = `${Math.round(load.rate)} events/s, ${load.left} left`;
    say(
      `${injected.length}/${plan.length} ${fault.kind}: ${seconds(overAt - beganAt)}, ${recovery} (${pace})`,
    );
  }
  load.rate = PACE.maxPerSecond;
  return injected;
}
