import type { ExplainedPolicy, Missing } from '../audit/explanation.ts';
import { movedLists, parsePolicyName, type MovedList } from '../audit/policy-name.ts';
import type { Settings } from '../config/settings.ts';
import { digestOf } from './policy-role.ts';

export interface NamedPolicy {
  /** With the policy, or without one if it is not at hand. */
  readonly settings: Settings;
  readonly policy: ExplainedPolicy | null;
  readonly missing: readonly Missing[];
  readonly notes: readonly string[];
  /** Whether a name has the label of this policy. */
  readonly isNamedBy: (name: string | null) => boolean;
  /** The lists that stand elsewhere now. */
  readonly moved: (now: string | null) => readonly MovedList[];
}

/**
 * The policy that a score names, of those at hand: that of the configuration, and those of further
 * files. Without it, the settings have no policy.
 */
export function namedPolicy(name: string | null, choices: readonly Settings[]): NamedPolicy {
  const named = choices.map((settings) => {
    const lists = (settings.decision?.lists ?? []).map((list) => list.name);
    return { settings, lists, then: parsePolicyName(name, lists) };
  });
  const labelOf = ({ decision }: Settings): string | null => decision?.policy ?? null;
  const found = named.find(({ settings, then }) => then.label === labelOf(settings));
  if (found === undefined) {
    const { decision: _other, ...settings } = choices[0]!;
    const others = choices.map((choice) => labelOf(choice) ?? '(none)').join(', ');
    const missing = {
      what: 'policy',
      code: 'POLICY_INVALID',
      why: `the score names the policy ${name ?? '(none)'}, and at hand is ${others}`,
      remedy: 'Give the policy of that time: --policy FILE.',
    };
    const none = { policy: null, isNamedBy: () => false, moved: () => [] };
    return { settings, missing: [missing], notes: [], ...none };
  }
  const { settings, lists, then } = found;
  const { decision } = settings;
  const label = labelOf(settings);
  const unnamed = decision !== undefined && label === null;
  return {
    settings,
    policy: decision === undefined ? null : { label, sha256: digestOf(decision) },
    missing: [],
    notes: unnamed ? [UNNAMED] : [],
    isNamedBy: (other) => parsePolicyName(other, lists).label === label,
    moved: (now) => movedLists(then, parsePolicyName(now, lists)),
  };
}

const UNNAMED =
  'the policy has no label (decision.policy), so nothing shows that it is the one of that time';
