import type { Settings } from '../config/settings.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { keyTypeOf, type Readers } from './key-type.ts';
import { PolicyLists } from './policy-lists.ts';
import type { ScoringPlan } from './scoring-plan.ts';

/**
 * The lists of a policy for a command that scores without a stream: they are read once, as they are
 * now. Only a list in a topic needs Kafka, whose client is large.
 */
export async function openOfflineLists(
  settings: Settings,
  readers: Readers,
  signal?: AbortSignal,
): Promise<Started<PolicyLists>> {
  const lists = new PolicyLists({
    reader: async () => (await import('./offline-kafka.ts')).rangeReaderOf(settings),
    watchMs: 0,
    follow: false,
  });
  await lists.open(settings, signal, (list) => keyTypeOf(list, readers));
  return { value: lists, stop: () => lists.close() };
}

/** The plan with its lists. */
export async function withLists(
  plan: ScoringPlan,
  settings: Settings,
  signal?: AbortSignal,
): Promise<ScoringPlan> {
  const { policy } = plan.stream;
  if (policy === undefined || policy.compiled.lists.length === 0) return plan;
  const { value } = await openOfflineLists(settings, plan.stream.readers, signal);
  return { ...plan, stream: { ...plan.stream, policy: { ...policy, list: value.snapshot() } } };
}
