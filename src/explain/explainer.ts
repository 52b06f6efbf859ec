import { ScorerError } from '../errors.ts';
import type { Attributions, Background, ExplainedBy, ExplainMethod } from '../flow/attributions.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { UnsupportedTrees } from '../onnx/trees/unsupported.ts';
import { NotThisWay, type Explainable, type Way } from './explainable.ts';
import { linearWay } from './linear-way.ts';
import { sampledWay } from './sampled.ts';
import { treesWay } from './trees-way.ts';

type Method = Exclude<ExplainMethod, 'auto'>;
type Attempt = readonly [Method, (model: Explainable, background: Background) => Promise<Way>];

const WAYS: readonly Attempt[] = [
  ['interventional', (model, background) => treesWay(model, background, 'background')],
  ['linear', linearWay],
  ['path-dependent', (model, background) => treesWay(model, background, 'covers')],
  ['sampled', sampledWay],
];

/** Against other events, the best way comes first. `auto` uses covers only where there are none. */
function waysFor({ method, rows }: Background): readonly Attempt[] {
  if (method !== 'auto') return WAYS.filter(([name]) => name === method);
  return WAYS.filter(([name]) => (name === 'path-dependent') === (rows === 0));
}

export interface FieldExplainer {
  readonly prepare: (background: Background) => Promise<ExplainedBy>;
  readonly explain: (tensors: readonly InputTensor[], rows: number) => Promise<Attributions>;
}

/**
 * Explains the scores of a model by the fields of the events. `prepare` takes the first way that is
 * possible: exactly if the model is made of trees or of one linear function, else by sampling.
 */
export function createExplainer(model: Explainable): FieldExplainer {
  let way: Way | undefined;
  return {
    async prepare(background) {
      const whyNot: string[] = [];
      for (const [name, attempt] of waysFor(background)) {
        try {
          way = await attempt(model, background);
          const notes = [...way.by.notes, ...whyNot];
          return { ...way.by, notes };
        } catch (error) {
          if (!(error instanceof NotThisWay || error instanceof UnsupportedTrees)) throw error;
          whyNot.push(`not ${name}: ${error.message}`);
        }
      }
      throw new ScorerError({
        code: 'EXPLAIN_IMPOSSIBLE',
        what: `the scores of the model cannot be explained: ${whyNot.join('; ')}`,
        where: 'explain.method',
      });
    },
    explain(tensors, rows) {
      if (way === undefined) return Promise.reject(new TypeError('the explainer is not prepared'));
      return way.explain(tensors, rows);
    },
  };
}
