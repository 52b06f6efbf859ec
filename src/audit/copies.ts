import { checkScore, type CheckOptions, type ScoreFields } from './checks.ts';

/** At-least-once may have written several score records of one event. */

/** The fields in which a further record of an event says something else than the first one. */
export function differentFields(
  first: ScoreFields,
  other: ScoreFields,
  alike: NonNullable<CheckOptions['alike']>,
): string[] {
  return checkScore(first, other, { alike })
    .filter(({ result, recorded, recomputed }) =>
      result === 'not compared' ? (recorded ?? recomputed) !== null : result === 'differs',
    )
    .map(({ field }) => field);
}
