import type { Fates } from './fates.ts';
import type { Scores } from './scores.ts';

/** Kills the rows without a score, each with its reason. */
export function killUnscored({ score, timedOut = [], failed = [] }: Scores, fates: Fates): void {
  for (const row of timedOut) {
    fates.kill(
      row,
      'infer',
      'INFERENCE_TIMEOUT',
      'the model did not answer for this event alone within inference.timeoutMs',
    );
  }
  for (const { row, why, crashed } of failed) {
    fates.kill(
      row,
      'infer',
      crashed === true ? 'INFERENCE_CRASHED' : 'INFERENCE_FAILED',
      `the model fails for this event alone: ${why}`,
    );
  }
  for (let row = 0; row < score.length; row++) {
    if (!Number.isFinite(score[row])) {
      fates.kill(row, 'infer', 'SCORE_NOT_FINITE', 'the model returned a score that is not finite');
    }
  }
}
