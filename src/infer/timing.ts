import type { Model } from './model.ts';

/**
 * Says with each answer how long the model took by itself. The runtime computes one batch after
 * another, however many are asked for, so a batch's time begins where the one before it ended. They
 * do not wait for each other here: each would wait for a turn of the event loop more.
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
