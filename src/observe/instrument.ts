import type { Histogram } from 'prom-client';

type Stage = (...args: never[]) => unknown;

/**
 * Wraps a stage to observe the duration of each call under its name. The stages themselves have no
 * timers.
 */
export function watch<Arguments extends unknown[], Result>(
  duration: Histogram<'stage'>,
  stage: string,
  run: (...args: Arguments) => Result,
): (...args: Arguments) => Result {
  const observe = (started: number): void => {
    duration.observe({ stage }, (performance.now() - started) / 1000);
  };
  return (...args) => {
    const started = performance.now();
    const result = run(...args);
    if (result instanceof Promise)
      void result.then(
        () => {
          observe(started);
        },
        () => undefined,
      );
    else observe(started);
    return result;
  };
}

/** Watches every stage under its own name. */
export function instrumentStages<Stages extends { readonly [Name in keyof Stages]: Stage }>(
  duration: Histogram<'stage'>,
  stages: Stages,
): Stages {
  const entries = Object.entries<Stage>(stages).map(([name, run]) => [
    name,
    watch(duration, name, run),
  ]);
  return Object.fromEntries(entries) as Stages;
}
