import type { Model } from './model.ts';

/**
 * Runs a model one batch at a time, in the order asked, and says with each answer how long the model took by itself. The
 * runtime computes one batch at a time anyway; without a turn, the time of one batch would count the wait for another.
 */
export function inTurn(model: Model, now: () => number = () => performance.now()): Model {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...model,
    score(tensors, rows) {
      const mine = last.then(async () => {
        const started = now();
        const scores = await model.score(tensors, rows);
        return { ...scores, seconds: (now() - started) / 1000 };
      });
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
