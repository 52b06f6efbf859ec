// A worker's program for the tests: its model is explained by what `explainer.ts` makes.
import { serveModel } from '../../src/infer/serve-model.ts';
import { createExplainer } from './explainer.ts';

serveModel(createExplainer);
