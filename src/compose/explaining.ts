import { extname } from 'node:path';
import type { Explaining } from '../infer/load-model.ts';
import type { CreateExplainer, Explainer } from '../infer/model.ts';

/** Explains a model in this process. What explains is loaded when it is prepared. */
export const createExplainer: CreateExplainer = (model) => {
  let explainer: Explainer | undefined;
  return {
    prepare: async (background) => {
      explainer ??= (await import('../explain/explainer.ts')).createExplainer(model);
      return explainer.prepare(background);
    },
    explain: (tensors, rows) =>
      explainer === undefined
        ? Promise.reject(new TypeError('the explainer is not prepared'))
        : explainer.explain(tensors, rows),
  };
};

/** How models are explained, wherever they run. */
export const EXPLAINING: Explaining = {
  createExplainer,
  program: new URL(`./explaining-worker${extname(import.meta.url)}`, import.meta.url),
};
