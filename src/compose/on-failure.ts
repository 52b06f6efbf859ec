import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { degradeUnscored, killUnscored, unscoredRows } from '../flow/unscored.ts';
import type { StreamStages } from '../pipeline.ts';

type OnFailure = Settings['model']['onFailure'];

/** What becomes of events that the model has no score for. */
export function unscoredStage(onFailure: OnFailure): NonNullable<StreamStages['unscored']> {
  if (onFailure === 'dead-letter') return killUnscored;
  if (onFailure !== 'wait') return degradeUnscored;
  return (scores, fates) => {
    const open = unscoredRows(scores).filter(({ row }) => fates.isAlive(row));
    const [first] = open;
    if (first === undefined) return killUnscored(scores, fates);
    throw new ScorerError({
      code: 'MODEL_UNAVAILABLE',
      what: `the model has no score for ${open.length} events of a batch, and model.onFailure is wait; the first one: ${first.code}: ${first.why}`,
      where: 'model.onFailure',
    });
  };
}

/** The decision about events without a score; undefined if they are not decided. */
export function degradedDecision(onFailure: OnFailure): string | undefined {
  return typeof onFailure === 'string' ? undefined : onFailure.decision;
}

/**
 * How many parts of one batch may time out or crash before the rest of it counts as failed, too.
 * A single event that hangs is found with fewer. A dead letter needs proof for each event, so there
 * is no limit then.
 */
export function maxLosses(onFailure: OnFailure): number | undefined {
  return onFailure === 'dead-letter' ? undefined : MAX_LOSSES;
}

const MAX_LOSSES = 12;
