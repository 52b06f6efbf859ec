import type { Settings } from '../config/settings.ts';
import { Probing } from '../monitor/probe-observer.ts';
import type { ObservePlan } from './observe-plan.ts';
import type { Reports } from './reports.ts';

/** Counts keys that come near a limit of the policy again and again; undefined without `drift`. */
export function createProbing(
  { drift }: Pick<Settings, 'drift'>,
  { metrics }: Pick<Reports, 'metrics'>,
): { readonly observe: ObservePlan; readonly detail: () => readonly string[] } | undefined {
  if (drift === undefined) return undefined;
  const probing = new Probing({
    ...drift.probing,
    now: Date.now,
    onProbes: (count) => {
      metrics.monitors.drift.probes.inc(count);
    },
  });
  return {
    observe: ({ stream: { policy } }) =>
      policy === undefined ? () => undefined : probing.observe(policy.compiled),
    detail: () => [],
  };
}
