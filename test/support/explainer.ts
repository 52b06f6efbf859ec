import type { CreateExplainer } from '../../src/infer/model.ts';

/**
 * Explains a score by the score itself: the first column has it all. `method` says in which process
 * it was made, and how many trees the model has.
 */
export const createExplainer: CreateExplainer = ({ inputs, score, trees }) =>
  Promise.resolve(async (tensors, rows) => {
    const columns = inputs.reduce((sum, input) => sum + (input.columns ?? 1), 0);
    const values = new Float64Array(rows * columns);
    const { score: scores } = await score(tensors, rows);
    for (const [row, value] of scores.entries()) values[row * columns] = value;
    const count = await trees().then(
      ({ ensemble }) => ensemble.trees.length,
      () => 0,
    );
    const method = `process ${process.pid}, ${count} trees`;
    return { method, space: 'score', columns, base: new Float64Array(rows), values };
  });
