import { serveModel } from './serve-model.ts';

// The program of a worker process without an explainer.
serveModel();
