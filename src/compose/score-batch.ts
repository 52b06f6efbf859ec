import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Batch } from '../flow/batch.ts';
import type { Outcome } from '../flow/outcome.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { createPipeline } from '../pipeline.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import { createStages } from './stages.ts';

/** Stands in for the id of the score records' schema: nobody registers it. */
export const NO_SCHEMA_ID = 0;

export interface ScoreBatchOptions {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  /** The topic of the batches, or what stands for it. */
  readonly topic: string;
}

/** Scores a batch and returns its outcome, which goes nowhere. */
export type ScoreOffline = (batch: Batch) => Promise<Outcome>;

/**
 * Scores batches through the pipeline of the stream, without a group and without writing anything.
 * Nothing is retried: a temporary error is thrown.
 */
export function createScoreBatch(
  { stream, versions }: ScoringPlan,
  { settings, registry, topic }: ScoreBatchOptions,
): ScoreOffline {
  const [[, first]] = [...stream.readers] as [[string, SchemaNode]];
  const reader = stream.readers.get(topic) ?? first;
  const stages = createStages(
    { stream: { ...stream, readers: new Map([[topic, reader]]) }, versions },
    { settings, registry, schemaId: NO_SCHEMA_ID, now: Date.now },
  );
  const take = createPipeline(stages, () => stages, Date.now);
  return (batch) => take(batch)();
}
