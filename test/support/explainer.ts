import type { Background } from '../../src/flow/attributions.ts';
import type { CreateExplainer } from '../../src/infer/model.ts';

/**
 * Explains a score by the score itself: the first field has it all. The notes say in which process
 * it was made, and how many trees the model has.
 */
export const createExplainer: CreateExplainer = ({ score, trees }) => {
  let columns = NaN; // until it is prepared
  return {
    async prepare({ fields }: Background) {
      columns = fields;
      const count = await trees().then(
        ({ ensemble }) => ensemble.trees.length,
        () => 0,
      );
      const notes = [`process ${process.pid}, ${count} trees`];
      return { method: 'linear', space: 'score', notes };
    },
    async explain(tensors, rows) {
      const values = new Float64Array(rows * columns);
      const { score: scores } = await score(tensors, rows);
      for (const [row, value] of scores.entries()) values[row * columns] = value;
      return { columns, base: 0, values };
    },
  };
};
