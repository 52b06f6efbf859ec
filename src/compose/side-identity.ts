import type { Both } from '../compare/compared-batch.ts';
import type { SideIdentity } from '../compare/report.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { nearest } from '../runtime/nearest.ts';
import type { ScoringPlan } from './scoring-plan.ts';

/** The decisions that are alarms: `A,B`. Throws INPUT_INVALID for one that no side makes. */
export function alarmsOf(
  text: string | undefined,
  sides: Both<{ readonly identity: SideIdentity }>,
): readonly string[] | undefined {
  const known = [...sides.a.identity.decisions, ...sides.b.identity.decisions];
  const alarms = text?.split(',');
  const unknown = alarms?.find((name) => !known.includes(name));
  if (unknown === undefined) return alarms;
  const near = nearest(unknown, known);
  throw new ScorerError({
    code: 'INPUT_INVALID',
    what: `no policy decides ${unknown}`,
    where: '--alarm',
    remedy:
      near === undefined
        ? `Choose from ${[...new Set(known)].join(', ') || 'the decisions of a policy'}.`
        : `Did you mean ${near}?`,
  });
}

/** Who scores on a side, for the report. */
export function sideIdentity(
  { config, sets }: Pick<SideIdentity, 'config' | 'sets'>,
  { decision }: Settings,
  { versions, stream }: ScoringPlan,
): SideIdentity {
  const [{ model }] = versions;
  const bands = decision?.bands ?? [];
  return {
    config,
    sets: sets.map(shownSet),
    model: model.identity,
    policy: decision?.policy ?? null,
    decisions: [
      ...new Set([...bands.map((band) => band.decision), ...(stream.policy?.compiled.names ?? [])]),
    ],
    alarms: [],
    descending: bands.some(({ downTo }) => downTo !== undefined),
  };
}

/** What may be shown of an override: values of other keys may be secrets. */
const SHOWN =
  /^(?:model\.(?:champion|dir|source)|(?:decision|batch|inference|input)(?:[.[][^=]*)?)=/;

/** An override, for the report. A value that may be a secret is left out. */
export function shownSet(set: string): string {
  const equals = set.indexOf('=');
  return SHOWN.test(set) && !/:\/\/[^/]*@/.test(set) ? set : `${set.slice(0, equals)}=…`;
}
