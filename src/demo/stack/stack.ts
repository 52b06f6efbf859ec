import { ScorerError, type Problem } from '../../errors.ts';
import { dockerStack } from './docker-stack.ts';
import { environmentStack } from './environment-stack.ts';
import { mavenStack } from './maven-stack.ts';
import type { Stack, StackOptions, StackProvider } from './stack-provider.ts';

export type { Stack, StackOptions };

const WAYS: readonly (readonly [where: string, way: StackProvider])[] = [
  ['environment', environmentStack],
  ['Docker', dockerStack],
  ['Maven', mavenStack],
];

/**
 * A real Kafka and a real schema registry, in the first way that works: the environment, Docker, or
 * child processes from Maven artifacts. A way that fails to start is reported and skipped. Throws
 * STACK_UNAVAILABLE with what each way lacks.
 */
export async function startStack(options: StackOptions, ways = WAYS): Promise<Stack> {
  const problems: Problem[] = [];
  const causes: unknown[] = [];
  for (const [where, way] of ways) {
    try {
      const stack = await way(options);
      if ('kind' in stack) return stack;
      problems.push({
        code: 'STACK_UNAVAILABLE',
        what: stack.missing,
        where,
        remedy: stack.remedy,
      });
    } catch (error) {
      const what = `failed to start: ${error instanceof Error ? error.message : String(error)}`;
      options.log(`${where}: ${what}`);
      problems.push({ code: 'STACK_UNAVAILABLE', what, where });
      causes.push(error);
    }
  }
  throw new ScorerError(problems, causes.length === 0 ? undefined : { cause: causes[0] });
}
