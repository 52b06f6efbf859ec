import type { Model } from './model.ts';

/**
 * Adds to each answer how long the model itself took. The runtime computes one batch after another,
 * however many are requested, so the time of a batch starts when the one before it ended. Requests
 * do not wait for each other here, because each would need one more turn of the event loop.
 */
export function withTiming(model: Model, now: () => number = () => performance.now()): Model {
  let lastEnd = -Infinity;
  return {
    ...model,
    async score(tensors, rows) {
      const asked = now();
      const scores = await model.score(tensors, rows);
      const end = now();
      const seconds = (end - Math.max(asked, lastEnd)) / 1000;
      lastEnd = end;
      return { ...scores, seconds };
    },
    async run(tensors, rows, outputs) {
      try {
        return await model.run(tensors, rows, outputs);
      } finally {
        lastEnd = now();
      }
    },
  };
}
