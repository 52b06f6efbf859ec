import type { Batch } from './flow/batch.ts';
import type { Events } from './flow/events.ts';
import type { Fates } from './flow/fates.ts';
import type { Outcome } from './flow/outcome.ts';
import type { Decisions, Scores } from './flow/scores.ts';
import type { InputTensor } from './flow/tensors.ts';
import type { Encoded } from './encode/score-encoder.ts';

/**
 * The stages a batch goes through, in order. A bad record is a fate inside; an exception means:
 * stop, do not commit.
 */
export interface Stages {
  /** Values → columns. Waits only for schemas never seen before. */
  readonly decode: (batch: Batch) => Promise<Events>;
  /** Columns → the model's tensors. */
  readonly map: (events: Events) => readonly InputTensor[];
  /** Tensors → a score per row. */
  readonly infer: (tensors: readonly InputTensor[], rows: number) => Promise<Scores>;
  /** Scores → decisions. */
  readonly decide: (scores: Scores) => Decisions;
  /** Scores and decisions → records for the output topic. */
  readonly encode: (
    events: Events,
    scores: Scores,
    decisions: Decisions,
    scoredAt: number,
  ) => Encoded;
}

export type Pipeline = (batch: Batch) => Promise<Outcome>;

/**
 * The way of a batch from records to an outcome that a guarantee (`commit/`) can write and commit.
 */
export function createPipeline(stages: Stages, now: () => number): Pipeline {
  return async function scoreBatch(batch) {
    const events = await stages.decode(batch);
    const { fates } = events;
    const tensors = stages.map(events);
    if (fates.alive === 0)
      return { batch, fates, scores: null, decisions: null, records: [], rows: new Int32Array(0) };
    const scores = await stages.infer(tensors, fates.rows);
    killUnscored(scores, fates);
    const decisions = stages.decide(scores);
    const { records, rows } = stages.encode(events, scores, decisions, now());
    return { batch, fates, scores, decisions, records, rows };
  };
}

function killUnscored({ score, timedOut = [], failed = [] }: Scores, fates: Fates): void {
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
      `the model fails at this event alone: ${why}`,
    );
  }
  for (let row = 0; row < score.length; row++) {
    if (!Number.isFinite(score[row])) {
      fates.kill(
        row,
        'infer',
        'SCORE_NOT_FINITE',
        'the model answered with a number that is not finite',
      );
    }
  }
}
