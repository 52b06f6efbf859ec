import type { Bundle } from './bundle.ts';
import { timed } from './timed.ts';
import type { Model } from './model.ts';
import { loadOnnxModel, type OnnxOptions } from './onnx-session.ts';
import { openModelPool } from './worker-pool.ts';

export interface LoadOptions extends OnnxOptions {
  /** Worker threads that run the model; 0: it runs in the event loop. */
  readonly workers: number;
}

/** Opens a bundle's model where it is to run. Throws what `loadOnnxModel` throws. */
export async function loadModel(bundle: Bundle, { workers, ...options }: LoadOptions): Promise<Model> {
  if (workers > 0) return openModelPool({ bundle, workers, options });
  return timed(await loadOnnxModel(bundle, options));
}
