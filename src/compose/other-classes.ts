import type { Problem } from '../errors.ts';
import type { LoadedModel } from './scoring-plan.ts';

/** Why a canary cannot decide beside a champion: the scores of a batch have one list of classes. */
export function otherClasses(champion: LoadedModel, canary: LoadedModel): Problem | undefined {
  const [ours, theirs] = [champion, canary].map(({ model }) => model.classes);
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return undefined;
  return {
    code: 'MODEL_OUTPUT',
    what: `the canary has other classes than the champion (${named(theirs!)} instead of ${named(ours!)}), so consumers could not compare their scores`,
    where: canary.bundle.yamlFile,
    remedy: 'Let both versions have the same classes in the same order, or make it the challenger.',
  };
}

const named = (classes: readonly string[] | null): string => classes?.join(', ') ?? 'none';
