import type { Problem } from '../errors.ts';
import type { InputTensor } from '../flow/tensors.ts';
import type { Bundle } from './bundle.ts';
import type { Model } from './model.ts';
import type { TrialRows } from './run-failures.ts';
import type { OnnxOptions } from './onnx-session.ts';
import type { KnownInputs } from './model-refused.ts';
import type { Signature } from './onnx-signature.ts';

/** What a worker process is started with. */
export interface WorkerStart {
  readonly bundle: Bundle;
  readonly options: Omit<OnnxOptions, 'onTrial'>;
  /** How long the model may take for one batch. */
  readonly timeoutMs: number;
}

/** All of a model that is plain data, which is what a worker tells of the one it opened. */
export type ModelFacts = Omit<Model, 'score' | 'release'>;

export type ToWorker =
  /** Says what a file asks for, before there is a bundle. */
  | { readonly kind: 'describe'; readonly file: string }
  | { readonly kind: 'open'; readonly start: WorkerStart }
  | {
      readonly kind: 'score';
      readonly id: number;
      readonly tensors: readonly InputTensor[];
      readonly rows: number;
    }
  | { readonly kind: 'release' };

export type FromWorker =
  /** A run of the model begins while it is opened, which may never end. */
  | { readonly kind: 'trying'; readonly rows: TrialRows }
  | { readonly kind: 'tried' }
  | { readonly kind: 'ready'; readonly facts: ModelFacts }
  | { readonly kind: 'described'; readonly signature: Signature }
  /** The model could not be opened; the process ends. */
  | { readonly kind: 'refused'; readonly error: SerializedError }
  | {
      readonly kind: 'scored';
      readonly id: number;
      readonly score: Float64Array;
      readonly perClass: Float64Array | null;
      readonly seconds: number;
    }
  | { readonly kind: 'failed'; readonly id: number; readonly error: SerializedError };

/** An error as it crosses processes: an object of a class would arrive without it. */
export interface SerializedError {
  readonly problems: readonly Problem[] | undefined;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a model that was refused though its file says what it takes. */
  readonly known?: KnownInputs;
  /** The runtime did not run the model. */
  readonly ofRun?: boolean;
}
