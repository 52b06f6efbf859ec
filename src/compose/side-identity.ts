import type { SideIdentity } from '../compare/report.ts';
import type { Settings } from '../config/settings.ts';
import type { ScoringPlan } from './scoring-plan.ts';

/** Who scores on a side, for the report. */
export function sideIdentity(
  { config, sets }: Pick<SideIdentity, 'config' | 'sets'>,
  { decision }: Settings,
  { versions }: ScoringPlan,
): SideIdentity {
  const [{ model }] = versions;
  const bands = decision?.bands ?? [];
  return {
    config,
    sets,
    model: model.identity,
    policy: decision?.policy ?? null,
    decisions: [...new Set(bands.map((band) => band.decision))],
    alarms: [],
    descending: bands.some(({ downTo }) => downTo !== undefined),
  };
}
