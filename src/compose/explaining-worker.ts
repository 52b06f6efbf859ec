import { serveModel } from '../infer/serve-model.ts';
import { createExplainer } from './explaining.ts';

// The program of a worker process whose model is explained. It is here, because infer/ does not
// know what explains.
serveModel(createExplainer);
