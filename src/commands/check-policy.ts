import type { PlanAttempt } from '../compose/plan-attempt.ts';
import type { Settings } from '../config/settings.ts';
import type { BandSettings } from '../flow/policy-settings.ts';

type Decision = NonNullable<Settings['decision']>;

/** What was understood of the policy, and the fields that it reads. */
export function describePolicy({ decision }: Settings, plan: PlanAttempt['plan']): string[] {
  if (decision === undefined) return ['decisions      none; only the score is written'];
  const { policy, bands, segments = [], rules = [], lists = [] } = decision;
  const label = policy === undefined ? '' : ` (policy ${policy})`;
  return [
    `decisions      ${describeBands(bands)}${label}`,
    ...segments.map(
      ({ name, when, bands: own }) => `  segment      ${name}: ${when} → ${describeBands(own)}`,
    ),
    ...lists.map(describeList),
    ...[...rules].sort(byStage).map(describeRule),
    ...(plan?.stream.policy?.compiled.fields ?? []).map(
      ({ path, type, nullable, projected }) =>
        `  reads        event.${path}  ${projected.as === 'length' ? 'its size, ' : ''}${type}${nullable ? ', may be null' : ''}`,
    ),
  ];
}

const byStage = (a: Rule, b: Rule): number =>
  Number(a.stage === 'after') - Number(b.stage === 'after');

const describeList = ({ name, key, topic, file, decision }: List): string =>
  `  list         ${name}: ${key.replace(/^(?!event\.)/, 'event.')} in ${topic === undefined ? file : `the topic ${topic}`} → ${decision}`;

type List = NonNullable<Decision['lists']>[number];
type Rule = NonNullable<Decision['rules']>[number];

function describeRule({ name, stage, when, decision, shadow }: Rule): string {
  const notes = `${stage} the model${shadow ? ', in shadow: only counted' : ''}`;
  return `  rule         ${name} (${notes}): ${when} → ${decision}`;
}

function describeBands(bands: readonly BandSettings[]): string {
  return bands
    .map((band) =>
      band.upTo !== undefined
        ? `below ${band.upTo} ${band.decision}`
        : `${band.downTo === undefined ? 'else' : `above ${band.downTo}`} ${band.decision}`,
    )
    .join(', ');
}
