import { serveModel } from './serve-model.ts';

// The program of a worker process where nothing explains the model.
serveModel();
