import type { Settings } from '../config/settings.ts';
import type { Problem } from '../errors.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { understood } from '../map/contract.ts';
import {
  makeScoringPlan,
  type LoadedModel,
  type ModelVersion,
  type ScoringPlan,
} from './scoring-plan.ts';

/** A model that fitted the schemas of the events when it passed its gates. */
export interface FittedModel {
  readonly loaded: LoadedModel;
  /** The schema of its golden events. */
  readonly goldenWriter: SchemaNode;
}

/** The deciding version of a plan. */
export function fittedOf({ stream, versions }: ScoringPlan): FittedModel {
  const [goldenWriter] = stream.readers.values() as Iterable<SchemaNode> as [SchemaNode];
  return { loaded: remembering(versions[0]), goldenWriter };
}

/** The model with the units of its fields as they were understood, whatever a newer schema says. */
export function remembering({ bundle, model, profile, contract }: ModelVersion): LoadedModel {
  const description = { ...bundle.description, inputs: understood(contract) };
  return { bundle: { ...bundle, description }, model, profile };
}

/** A plan of the champion and of the others that fit, and why those do not that are left out. */
export interface SharedPlan {
  readonly plan: ScoringPlan | undefined;
  readonly leftOut: ReadonlyMap<FittedModel, readonly Problem[]>;
}

/**
 * One plan for a champion and other versions. Only the champion has to fit the schemas: `problems`
 * are its own. Another version that does not fit is left out, so it never holds up the champion.
 */
export function planTogether(
  settings: Settings,
  readers: ReadonlyMap<string, SchemaNode>,
  [champion, ...others]: readonly [FittedModel, ...FittedModel[]],
  problems: Problem[],
): SharedPlan {
  const leftOut = new Map<FittedModel, readonly Problem[]>();
  const fitting = others.filter((other) => {
    const own: Problem[] = [];
    makeScoringPlan(settings, [other.loaded], readers, own);
    if (own.length > 0) leftOut.set(other, own);
    return own.length === 0;
  });
  const models = [champion.loaded, ...fitting.map(({ loaded }) => loaded)] as const;
  return { plan: makeScoringPlan(settings, models, readers, problems), leftOut };
}
