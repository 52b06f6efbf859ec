import { BatchBudget } from '../consume/batch-budget.ts';
import { instrumentStages } from '../observe/instrument.ts';
import { createPipeline, type Stages, type TakeBatch } from '../pipeline.ts';
import { createLiveStages, type LiveStagesOptions } from './live-stages.ts';
import type { Reports } from './reports.ts';

export interface Scoring {
  readonly take: TakeBatch;
  /** How many rows a batch may have so that the model answers in time. */
  readonly budget: BatchBudget;
}

/** The pipeline of the stream: its stages are timed, and how long the model takes is learned. */
export function createScoring(
  options: Omit<LiveStagesOptions, 'now' | 'onMissing' | 'logger'>,
  { metrics, status, logger }: Reports,
): Scoring {
  const { batch } = options.settings;
  const stages = instrumentStages(
    metrics.stageDuration,
    createLiveStages({
      ...options,
      now: Date.now,
      onMissing: (feature, rows) => {
        metrics.featureMissing.inc({ feature }, rows);
      },
      logger,
    }),
  );
  const budget = new BatchBudget(batch.maxSize, batch.maxInferMs / 1000);
  const infer: Stages['infer'] = async (tensors, rows) => {
    const done = status.inferring();
    const scores = await stages.infer(tensors, rows).finally(done);
    if (scores.seconds !== undefined) budget.observe(rows, scores.seconds);
    return scores;
  };
  const version = { ...stages, infer };
  return { take: createPipeline(stages, () => version, Date.now), budget };
}
