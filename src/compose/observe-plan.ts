import type { StreamStages } from '../pipeline.ts';
import type { ScoringPlan } from './scoring-plan.ts';

/** What one monitor sees of the batches of a plan. */
export type ObservePlan = (plan: ScoringPlan) => NonNullable<StreamStages['observe']>;
