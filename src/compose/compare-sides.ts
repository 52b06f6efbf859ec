import { both, SIDES, type Both } from '../compare/compared-batch.ts';
import type { SideIdentity } from '../compare/report.ts';
import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
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
 * Opens both sides at the same time, and says whose problem it is. Throws all problems of both
 * together.
 */
export async function openSides(
  given: Both<SideGiven>,
  lifecycle: Lifecycle,
  signal: AbortSignal,
  note: (what: string) => void,
): Promise<Both<OpenSide>> {
  // Both are awaited, so that nothing that starts is forgotten.
  const [a, b] = await Promise.allSettled(
    SIDES.map((side) =>
      lifecycle.start(() => openPlan(given[side].settings, given[side].readers, signal, note)),
    ),
  );
  const attempts = { a: a!, b: b! };
  const problems: Problem[] = [];
  for (const side of SIDES) {
    const attempt = attempts[side];
    if (attempt.status === 'fulfilled') continue;
    if (!(attempt.reason instanceof ScorerError)) throw attempt.reason;
    problems.push(...attempt.reason.problems.map((problem) => ofSide(problem, side)));
  }
  if (problems.length > 0) throw new ScorerError(problems);
  return both((side) => {
    const plan = (attempts[side] as PromiseFulfilledResult<ScoringPlan>).value;
    return {
      ...given[side],
      plan,
      identity: sideIdentity(given[side], given[side].settings, plan),
    };
  });
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

/** Knows the schemas of a topic's records, of the registry of each side. */
export type SideRegistries = Both<Pick<SchemaRegistry, 'byId' | 'latest'>>;
