import { setTimeout as sleep } from 'node:timers/promises';
import type { Load } from '../load.ts';
import { rateFor, seconds, type Pace } from '../pace.ts';
import type { createNetworkFaults } from './faults.ts';
import type { NetworkKind, PlannedNetworkFault } from './schedule.ts';
import type { Watch } from './watch.ts';

export interface InjectedNetworkFault {
  readonly kind: NetworkKind;
  /** The request or the broker that was hit. */
  readonly target: string;
  /**
   * From the beginning of the fault until the group had committed, in every partition, what was in
   * the input then, and one record more; ms, or undefined where that took longer than was waited.
   */
  readonly recoveryMs: number | undefined;
}

export interface NetworkCampaignOptions {
  readonly plan: readonly PlannedNetworkFault[];
  readonly fault: ReturnType<typeof createNetworkFaults>;
  readonly replicas: number;
  /** So many faults at a time, each on another replica. */
  readonly atOnce: number;
  readonly load: Pick<Load, 'rate' | 'acknowledged'>;
  /** The load is never less, in events a second. */
  readonly minPerSecond?: number | undefined;
  /**
   * How many events shall have been written when the faults are over; it goes on until then, and
   * beyond.
   */
  readonly events: number;
  readonly watch: Pick<Watch, 'ends' | 'reached'>;
  /** How long it is waited for a recovery. */
  readonly patienceMs: number;
  /** No fault begins after this moment of `performance.now()`. */
  readonly until: number;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

const PACE = { guessMs: 5000, maxPerSecond: 5000 };
const MIN_PER_SECOND = 50;

/**
 * Injects the faults, several at once, while the load goes on: its rate is set so that both end
 * together.
 */
export async function injectNetwork(
  options: NetworkCampaignOptions,
): Promise<InjectedNetworkFault[]> {
  const {
    plan,
    fault: inject,
    replicas,
    atOnce,
    load,
    minPerSecond = MIN_PER_SECOND,
    events,
    watch,
    patienceMs,
    until,
    stop,
    say,
  } = options;
  const injected: InjectedNetworkFault[] = [];
  const free = new Set(Array.from({ length: replicas }, (_, i) => i));
  const startedAt = performance.now();
  const pace: Pace = { ...PACE, minPerSecond };
  const left = (): number => Math.max(0, events - load.acknowledged);
  const rate = (): number =>
    rateFor(pace, {
      eventsLeft: left(),
      faultsLeft: plan.length - injected.length,
      faultsDone: injected.length,
      elapsedMs: performance.now() - startedAt,
    });
  let next = 0;

  async function one(fault: PlannedNetworkFault, replica: number): Promise<void> {
    await sleep(fault.pauseMs, undefined, { signal: stop });
    let target = 'nothing';
    let recovered: Promise<number | undefined> = Promise.resolve(undefined);
    let beganAt = performance.now();
    await inject(fault, replica, (what) => {
      target = what;
      beganAt = performance.now();
      recovered = watch.reached(
        watch.ends.map((end) => end + 1),
        patienceMs,
      );
    });
    const at = await recovered;
    const recoveryMs = at === undefined ? undefined : at - beganAt;
    injected.push({ kind: fault.kind, target, recoveryMs });
    load.rate = rate();
    const recovery = recoveryMs === undefined ? 'NOT recovered' : seconds(recoveryMs);
    const going = `${Math.round(load.rate)} events/s, ${left()} left`;
    say(
      `${injected.length}/${plan.length} ${fault.kind} (${target}, replica ${replica + 1}): ${recovery} (${going})`,
    );
  }

  async function processor(): Promise<void> {
    while (next < plan.length && performance.now() < until) {
      const fault = plan[next++]!;
      const replica = [...free].sort((a, b) => a - b)[Math.floor(fault.replica * free.size)]!;
      free.delete(replica);
      await one(fault, replica);
      free.add(replica);
    }
  }

  load.rate = rate() * Math.min(atOnce, replicas);
  await Promise.all(Array.from({ length: Math.min(atOnce, replicas) }, processor));
  load.rate = pace.maxPerSecond;
  return injected;
}
