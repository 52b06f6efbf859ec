import { ScorerError, type Problem } from '../errors.ts';
import { dockerStack } from './docker-stack.ts';
import { environmentStack } from './environment-stack.ts';
import { mavenStack } from './maven-stack.ts';
import type { Stack, StackOptions, Way } from './way.ts';

export type { Stack, StackOptions };

const WAYS: readonly (readonly [where: string, way: Way])[] = [
  ['environment', environmentStack],
  ['Docker', dockerStack],
  ['Maven', mavenStack],
];

/**
 * A real Kafka and a real schema registry by the first way that is there: the environment, Docker, or child processes
 * from Maven artifacts. Throws STACK_UNAVAILABLE with what each way lacks.
 */
export async function startStack(options: StackOptions, ways = WAYS): Promise<Stack> {
  const problems: Problem[] = [];
  for (const [where, way] of ways) {
    const stack = await way(options);
    if ('kind' in stack) return stack;
    problems.push({ code: 'STACK_UNAVAILABLE', what: stack.missing, where, remedy: stack.remedy });
  }
  throw new ScorerError(problems);
}
