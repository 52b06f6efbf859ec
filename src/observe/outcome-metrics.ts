import type { Outcome } from '../flow/outcome.ts';
import { SKIP_REASONS } from '../flow/fates.ts';
import { timeOf } from '../flow/record.ts';
import type { Metrics } from './metrics.ts';

/** Counts the result of a batch, once all of it is acknowledged. `now`: ms since the epoch. */
export function countOutcome(metrics: Metrics, outcome: Outcome, now: number): void {
  const { batch, fates, scores, decisions, rows } = outcome;
  metrics.batchSize.observe(batch.records.length);
  metrics.batchClosed.inc({ reason: batch.closedBy });
  if (fates.skipped > 0) {
    for (const [why, reason] of SKIP_REASONS) {
      const count = fates.skippedFor(why);
      if (count > 0) metrics.recordsSkipped.inc({ reason }, count);
    }
  }
  for (const { stage, code } of fates.rejects) metrics.deadLetters.inc({ stage, code });
  if (scores === null) return;

  // By decision and model: one number for both, because this runs for each row.
  const { models, modelOf } = scores;
  const counts = new Map<number, number>();
  for (const row of rows) {
    if (!fates.isAlive(row)) continue; // rejected by the output topic
    const decision = decisions?.index?.[row] ?? -1;
    const key = (decision + 1) * models.length + (modelOf === null ? 0 : modelOf[row]!);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    const score = scores.score[row]!;
    if (!Number.isNaN(score)) metrics.score.observe(score); // without a score: model.onFailure
    const time = timeOf(batch.records[row]!);
    // A clock that is ahead of ours would give negative values, which the sum of a histogram must
    // not have.
    if (time !== undefined) metrics.scoreLatency.observe(Math.max(0, now - time) / 1000);
  }
  for (const [key, count] of counts) {
    const decision = decisions?.names[Math.floor(key / models.length) - 1] ?? 'none';
    const { version } = models[key % models.length]!;
    metrics.recordsScored.inc({ decision, model_version: version }, count);
  }
}
