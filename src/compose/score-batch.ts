import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Batch } from '../flow/batch.ts';
import type { Outcome } from '../flow/outcome.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { createPipeline, type Stages } from '../pipeline.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import { createStages, type StagesOptions } from './stages.ts';

/** Stands in for the id of the score records' schema: nobody registers it. */
export const NO_SCHEMA_ID = 0;

export interface ScoreBatchOptions {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  /** The topic of the batches, or what stands for it. */
  readonly topic: string;
  /** In ms since the epoch: when the events are scored, for entries of lists that expire. */
  readonly now?: () => number;
  /** Observe what is scored; whoever has the outcome records it. */
  readonly monitors?: StagesOptions['monitors'];
  /** Sees what the events were mapped to, what they scored, and what was decided. */
  readonly onScored?: NonNullable<Stages['observe']>;
}

/** Scores a batch and returns its outcome, which goes nowhere. */
export type ScoreOffline = (batch: Batch) => Promise<Outcome>;

/**
 * Scores batches through the pipeline of the stream, without a group and without writing anything.
 * Nothing is retried: a temporary error is thrown.
 */
export function createScoreBatch(
  plan: ScoringPlan,
  { settings, registry, topic, now = Date.now, monitors, onScored }: ScoreBatchOptions,
): ScoreOffline {
  const [[, first]] = [...plan.stream.readers] as [[string, SchemaNode]];
  const reader = plan.stream.readers.get(topic) ?? first;
  const stages = createStages(
    { ...plan, stream: { ...plan.stream, readers: new Map([[topic, reader]]) } },
    { settings, registry, schemaId: NO_SCHEMA_ID, now, monitors },
  );
  const stream = onScored === undefined ? stages : { ...stages, observe: onScored };
  const take = createPipeline(stream, () => stages, now);
  return (batch) => take(batch)();
}
