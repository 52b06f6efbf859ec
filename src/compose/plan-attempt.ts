import type { Settings } from '../config/settings.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import type { Bundle } from '../infer/bundle.ts';
import type { Model } from '../infer/model.ts';
import type { KnownInputs } from '../infer/model-refused.ts';
import { checkFields, checkSignature } from '../map/contract.ts';
import { streamProblems } from './carry-check.ts';
import type { Champion } from './champion.ts';
import { planPolicy } from './policy-plan.ts';
import { makeScoringPlan, type LoadedModel, type ScoringPlan } from './scoring-plan.ts';
import type { FindReaders, TopicReaders } from './topic-readers.ts';

/** The result of making a plan: everything that was understood, and everything that is wrong. */
export interface PlanAttempt extends TopicReaders {
  /** Undefined where anything is wrong. */
  readonly plan: ScoringPlan | undefined;
  readonly bundle: Bundle | undefined;
  readonly model: Model | undefined;
  /**
   * The plan that can score golden events. If only the carried fields are wrong, it carries
   * nothing.
   */
  readonly scorable: ScoringPlan | undefined;
}

/** Checks a model against the events, collecting every problem instead of stopping at the first. */
export async function attemptPlan(
  settings: Settings,
  findReaders: FindReaders,
  { bundle, profile, model, known, problems: before }: Champion,
): Promise<PlanAttempt> {
  const problems: Problem[] = [...before];
  const collect = (error: unknown): undefined => {
    if (!(error instanceof ScorerError)) throw error;
    problems.push(...error.problems);
    return undefined;
  };
  const found = await findReaders(settings).catch(collect);
  const readers = found?.readers ?? new Map<string, SchemaNode>();
  const ids = found?.ids ?? [];
  problems.push(...(found?.problems ?? []));

  const loaded = bundle && model && { bundle, model, profile };
  const made =
    loaded && readers.size > 0 ? makeScoringPlan(settings, [loaded], readers, problems) : undefined;
  if (bundle && (!model || readers.size === 0))
    problems.push(...contractProblems(bundle, known, readers));
  if (!loaded || readers.size === 0) {
    problems.push(...streamProblems(settings, readers));
    planPolicy(settings, readers, problems);
  }
  const different = eachOnce(problems);
  return {
    plan: different.length > 0 ? undefined : made,
    bundle,
    model,
    scorable: made ?? (loaded && planWithoutCarry(settings, loaded, readers)),
    readers,
    ids,
    problems: different,
  };
}

/** What is wrong between model.yaml, the model as far as it is known, and the events. */
function contractProblems(
  { description, yamlFile, doubtful }: Bundle,
  known: KnownInputs | undefined,
  readers: ReadonlyMap<string, SchemaNode>,
): Problem[] {
  const inputs = known?.inputs ?? [];
  // a missing file is already reported
  const noInputs = doubtful.has('inputs') && description.inputs.length === 0;
  return [
    ...(known === undefined || noInputs
      ? []
      : checkSignature(description.inputs, inputs, yamlFile, known.unusable)),
    ...[...readers.values()].flatMap((event) =>
      checkFields(event, description.inputs, inputs, yamlFile),
    ),
  ];
}

function planWithoutCarry(
  settings: Settings,
  loaded: LoadedModel,
  readers: ReadonlyMap<string, SchemaNode>,
): ScoringPlan | undefined {
  if (readers.size === 0) return undefined;
  const carryingNothing = { ...settings, output: { ...settings.output, carry: [] } };
  return makeScoringPlan(carryingNothing, [loaded], readers, []);
}

/** Two topics, or the model and its file, may have the same problem. */
function eachOnce(problems: readonly Problem[]): Problem[] {
  const key = ({ code, what, where }: Problem): string => JSON.stringify([code, what, where]);
  return [...new Map(problems.map((problem) => [key(problem), problem])).values()];
}
