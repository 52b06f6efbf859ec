import { both, SIDES, type Both } from '../compare/compared-batch.ts';
import type { SideIdentity } from '../compare/report.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import { openPlan } from './open-plan.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import { sideIdentity } from './side-identity.ts';
import type { FindReaders } from './topic-readers.ts';

export interface SideGiven {
  readonly config: string;
  readonly sets: readonly string[];
  readonly settings: Settings;
  readonly readers: FindReaders;
}

export interface OpenSide extends SideGiven {
  readonly plan: ScoringPlan;
  readonly identity: SideIdentity;
}

/**
 * Opens the sides that score, at the same time, and says whose problem it is. Throws all problems
 * together. A recorded A does not score: it has the plan of B, which reads the same events.
 */
export async function openSides(
  given: Both<SideGiven>,
  { recorded, ...how }: HowToOpen,
): Promise<Both<OpenSide>> {
  const { lifecycle, signal, note } = how;
  const sides = recorded ? (['b'] as const) : SIDES;
  // Both are awaited, so that nothing that starts is forgotten.
  const attempts = await Promise.allSettled(
    sides.map((side) =>
      lifecycle.start(() =>
        openPlan(given[side].settings, given[side].readers, signal, note, { reasons: false }),
      ),
    ),
  );
  const problems: Problem[] = [];
  attempts.forEach((attempt, i) => {
    if (attempt.status === 'fulfilled') return;
    if (!(attempt.reason instanceof ScorerError)) throw attempt.reason;
    problems.push(...attempt.reason.problems.map((problem) => ofSide(problem, sides[i]!)));
  });
  if (problems.length > 0) throw new ScorerError(problems);
  const plans = attempts.map(
    (attempt) => (attempt as PromiseFulfilledResult<ScoringPlan>).value,
  ) as [ScoringPlan, ...ScoringPlan[]];
  const [a, b = a] = plans;
  const plan = { a, b };
  return both((side) => ({
    ...given[side],
    plan: plan[side],
    identity: sideIdentity(given[side], given[side].settings, plan[side]),
  }));
}

interface HowToOpen {
  readonly recorded: boolean;
  readonly lifecycle: Lifecycle;
  readonly signal: AbortSignal;
  readonly note: (what: string) => void;
}

function ofSide(problem: Problem, side: 'a' | 'b'): Problem {
  return { ...problem, what: `${side.toUpperCase()}: ${problem.what}` };
}

/** The settings of a side for one topic. Throws INPUT_INVALID where it is not an input topic. */
export function forTopic(settings: Settings, topic: string, config: string): Settings {
  if (!settings.input.topics.includes(topic))
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: `the topic ${topic} is not in input.topics of ${config}`,
      where: '--topic',
      remedy: `Choose one of ${settings.input.topics.join(', ')}, or add --set input.topics=[${topic}].`,
    });
  return { ...settings, input: { ...settings.input, topics: [topic] } };
}
