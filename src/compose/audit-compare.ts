import { checkScore, isSame, type Check } from '../audit/checks.ts';
import { differentFields } from '../audit/copies.ts';
import type { Settings } from '../config/settings.ts';
import { namedPolicy, type NamedPolicy } from './audit-policy.ts';
import type { Recomputed, RecomputedScore } from './audit-recompute.ts';
import type { FoundScore } from './audit-records.ts';

/** Compares the score records, as far as the policy at hand is the one of that time. */
export function compareScores(
  score: FoundScore,
  result: RecomputedScore,
  { missing, notes, moved }: NamedPolicy,
  tolerance: number,
): { readonly checks: readonly Check[]; readonly notes: readonly string[] } {
  const lists = moved(result.fields['policy'] as string | null);
  const deciders = [score.fields['decidedBy'], result.fields['decidedBy']];
  const withoutScore = fieldsOfNoScore(score);
  const byMoved = lists.find(({ name }) => deciders.includes(`list:${name}`));
  const checks = checkScore(score, result, {
    tolerance,
    without: (field) => {
      if (withoutScore.has(field)) return DEGRADED;
      if (missing.length > 0 && OF_POLICY.has(field)) return missing[0]!.why;
      const differs = !isSame(score.fields[field], result.fields[field]);
      return byMoved !== undefined && differs && OF_DECISION.has(field) ? byMoved.what : undefined;
    },
    alike: (field) =>
      field === 'policy' && lists.length > 0 ? lists.map(({ what }) => what).join('; ') : undefined,
  });
  return { checks, notes: [...notes, ...lists.map(({ what }) => what)] };
}

/** The fields that a further record of an event says otherwise. Lists may have moved between both. */
export function differentOf(
  first: FoundScore,
  other: FoundScore,
  { settings, policies }: { readonly settings: Settings; readonly policies: readonly Settings[] },
): readonly string[] {
  if (other === first) return [];
  const [then, now] = [first, other].map(({ fields }) => fields['policy'] as string | null);
  const known = namedPolicy(then!, [settings, ...policies]);
  const lists = known.moved(now!);
  const what = lists.map((list) => list.what).join('; ');
  return differentFields(first, other, (field) =>
    field === 'policy' && lists.length > 0 && known.isNamedBy(now!) ? what : undefined,
  );
}

/** What cannot be compared, because the model had no score for the event then. */
function fieldsOfNoScore({ score, fields }: FoundScore): ReadonlySet<string> {
  if (!Number.isNaN(score)) return NONE;
  const decidedBy = String(fields['decidedBy']);
  if (decidedBy === DEGRADED_BY) return OF_SCORE;
  // Lists and rules before the model need no score, so the rest has to be the same.
  return /^(?:list|rule):/.test(decidedBy) ? THE_SCORE : NONE;
}

const NONE: ReadonlySet<string> = new Set();
const THE_SCORE: ReadonlySet<string> = new Set(['score', 'scores']);

/** What decided, where the model had no score. */
const DEGRADED_BY = 'degraded';

/** What follows from the score. */
const OF_SCORE: ReadonlySet<string> = new Set([
  'score',
  'scores',
  'decision',
  'decidedBy',
  'reasons',
]);
const DEGRADED = 'the model had no score for the event at that time (model.onFailure)';

/** What follows from the policy. */
const OF_POLICY: ReadonlySet<string> = new Set([
  'decision',
  'decidedBy',
  'segment',
  'reasons',
  'policy',
]);
const OF_DECISION: ReadonlySet<string> = new Set(['decision', 'decidedBy', 'reasons']);

/** An event that has a score, and cannot be scored now. */
export function unscored(
  score: FoundScore,
  { code, why }: Exclude<Recomputed, RecomputedScore>,
): Check {
  return {
    field: 'score',
    recorded: score.fields['score'],
    recomputed: null,
    result: 'differs',
    why: `the event cannot be scored: ${code}: ${why}`,
  };
}

export const isScore = (result: Recomputed): result is RecomputedScore => 'fields' in result;
