import { setTimeout as sleep } from 'node:timers/promises';
import { ScorerError } from '../errors.ts';
import type { RequestCluster } from '../kafkajs/kafka-cluster.ts';
import { isDenial, typeOf } from '../kafkajs/kafka-errors.ts';

export interface Patience {
  readonly cluster: RequestCluster;
  /** Longest time with nothing but errors. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
}

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 1000;

/**
 * Tries until there is an answer; undefined: there is none yet. Looks up the leader again if it
 * moved.
 */
export async function patiently<T>(
  work: () => Promise<T | undefined>,
  { cluster, patienceMs, signal }: Patience,
): Promise<T> {
  let lastGood = performance.now();
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      const answer = await work();
      if (answer !== undefined) return answer;
      lastGood = performance.now();
    } catch (error) {
      if (!passes(error) || performance.now() - lastGood > patienceMs) throw error;
      await cluster.refreshMetadata().catch(() => undefined);
    }
    await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** Errors that another try, or another leader, may solve. */
function passes(error: unknown): boolean {
  if (error instanceof ScorerError || isDenial(error)) return false;
  const { name } = error as Error;
  return name.startsWith('KafkaJS') && typeOf(error) !== 'OFFSET_OUT_OF_RANGE';
}
