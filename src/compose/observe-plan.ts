import type { StreamStages } from '../pipeline.ts';
import type { StreamPlan } from './scoring-plan.ts';

/** What one monitor sees of the batches of a plan. */
export type ObservePlan = (stream: StreamPlan) => NonNullable<StreamStages['observe']>;
