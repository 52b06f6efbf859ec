import type { Encoded } from './encode/score-encoder.ts';
import type { Guarantee } from './commit/guarantee.ts';
import type { Batch } from './flow/batch.ts';
import type { Events } from './flow/events.ts';
import type { Fates } from './flow/fates.ts';
import { allOf, mergedObservation, type Observation } from './flow/observation.ts';
import { emptyOutcome, type Outcome } from './flow/outcome.ts';
import type { ProfileMarks } from './flow/profile-marks.ts';
import type { Reasons } from './flow/reasons.ts';
import { joinReasons } from './flow/write-reasons.ts';
import type { Decisions, Scores } from './flow/scores.ts';
import type { InputTensor } from './flow/tensors.ts';
import { killUnscored, withScores } from './flow/unscored.ts';

/** The stages that belong to a version of the model: its contract and the model itself. */
export interface Version {
  /** Columns → the tensors of the model. */
  readonly map: (events: Events) => readonly InputTensor[];
  /** Tensors → a score per row. */
  readonly infer: (tensors: readonly InputTensor[], rows: number) => Promise<Scores>;
  /** Which fields of the rows are outside of the profile of the version, if it has one. */
  readonly mark?: (events: Events, tensors: readonly InputTensor[]) => ProfileMarks | undefined;
  /** Why rows that this version scored have their decisions, where these ask for reasons. */
  readonly explain?: (
    events: Events,
    tensors: readonly InputTensor[],
    scores: Scores,
    decisions: Decisions,
  ) => Promise<Reasons | undefined>;
  /**
   * Begins to score the rows for which another version decides, beside this one; undefined if there
   * are none.
   */
  readonly canary?: (events: Events) => Trial | undefined;
  /** What to do with the batch once it is delivered, besides counting; it never decides. */
  readonly shadow?: (
    events: Events,
    tensors: readonly InputTensor[],
    scores: Scores,
    decisions: Decisions,
  ) => Observation | undefined;
}

/** Another version decides for some rows of a batch. */
export interface Trial {
  /**
   * The events and scores of the batch, with those of the other version for its rows. It never
   * rejects: if the other version has no score for a row, the champion decides.
   */
  readonly join: (
    events: Events,
    tensors: readonly InputTensor[],
    scores: Scores,
  ) => Promise<Joined>;
  /** Why the rows that the other version decided have their decisions. */
  readonly explain?: (
    events: Events,
    scores: Scores,
    decisions: Decisions,
  ) => Promise<Reasons | undefined>;
  /** What the trial shows: `own` are the decisions by the scores of the champion. */
  readonly observe: (own: Decisions, decisions: Decisions) => Observation;
}

export interface Joined {
  readonly events: Events;
  readonly scores: Scores;
}

/** The stages that belong to the stream, whichever version scores. */
export interface StreamStages {
  /** Values → columns. Waits only for schemas that were never seen before. */
  readonly decode: (batch: Batch) => Promise<Events>;
  /**
   * What becomes of rows that the model has no score for. Default: they die. Returns the scores as
   * the stages after it see them.
   */
  readonly unscored?: (scores: Scores, fates: Fates) => Scores;
  /** Scores and what the policy reads of the events → decisions. May kill rows. */
  readonly decide: (events: Events, scores: Scores, marks?: ProfileMarks) => Decisions;
  /** Scores, decisions and reasons → records for the output topic. */
  readonly encode: (
    events: Events,
    scores: Scores,
    decisions: Decisions,
    scoredAt: number,
    reasons?: Reasons,
    marks?: ProfileMarks,
  ) => Encoded;
  /** What to count for a batch once it is delivered; undefined if there is nothing. */
  readonly observe?: (
    events: Events,
    tensors: readonly InputTensor[],
    scores: Scores,
    decisions: Decisions,
    reasons?: Reasons,
  ) => Observation | undefined;
}

/** All stages of a stream with one version. */
export type Stages = StreamStages & Version;

/**
 * Scores the batch that was taken. After an outage it is called again, always for the same version.
 */
export type ScoreBatch = () => Promise<Outcome>;

/** Takes a batch. The version of this moment scores it. */
export type TakeBatch = (batch: Batch) => ScoreBatch;

/**
 * The way of a batch from records to an outcome. A bad record is a fate in the outcome. An
 * exception means: stop, do not commit.
 */
export function createPipeline(
  { decode, unscored = killUnscored, decide, encode, observe }: StreamStages,
  versionNow: () => Version,
  now: () => number,
): TakeBatch {
  return function takeBatch(batch) {
    const { map, infer, mark, explain, canary, shadow } = versionNow();
    return async function scoreBatch() {
      const seen = await decode(batch);
      const trial = canary?.(seen);
      const tensors = map(seen);
      if (seen.fates.alive === 0 && trial === undefined) return emptyOutcome(batch, seen.fates);
      const own = unscored(await infer(tensors, seen.fates.rows), seen.fates);
      const { events, scores } =
        trial === undefined ? { events: seen, scores: own } : await trial.join(seen, tensors, own);
      const { fates } = events;
      const scored = withScores(events, scores);
      const marks = mark?.(events, tensors);
      const decisions = decide(events, scores, marks);
      const ownDecisions = trial === undefined ? decisions : decide(seen, own, marks);
      const reasons = joinReasons(
        await explain?.(events, tensors, scores, decisions),
        await trial?.explain?.(events, scores, decisions),
      );
      const { records, rows } = encode(events, scores, decisions, now(), reasons, marks);
      const observation = allOf([
        observe?.(scored, tensors, scores, decisions, reasons),
        trial?.observe(ownDecisions, decisions),
        shadow?.(withScores(seen, own), tensors, own, ownDecisions),
      ]);
      return { batch, fates, scores, decisions, records, rows, observation };
    };
  };
}

/** Where outcomes go. */
export interface Delivery {
  /** Throws if too many records die. Nothing of the batch is written then. */
  readonly limit: (outcome: Outcome) => void;
  /** Produces and commits. How the two belong together is the guarantee. */
  readonly guarantee: Pick<Guarantee, 'deliver'>;
  /** Metrics, probes and lag. */
  readonly record: (outcome: Outcome, nextOffset: bigint) => void;
}

/** The way of outcomes, in the order of their offsets. When it ends, all of it has happened. */
export function createDelivery({ limit, guarantee, record }: Delivery): Guarantee['deliver'] {
  return async function deliverBatch(outcomes, nextOffset, signal) {
    for (const outcome of outcomes) limit(outcome);
    await guarantee.deliver(outcomes, nextOffset, signal); // produce → commit
    mergedObservation(outcomes.map(({ observation }) => observation))?.record();
    for (const outcome of outcomes) record(outcome, nextOffset);
  };
}
