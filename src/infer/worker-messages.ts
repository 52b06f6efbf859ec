import type { Problem } from '../errors.ts';
import type { Attributions, Background, ExplainedBy } from '../flow/attributions.ts';
import type { InputTensor, OutputTensor } from '../flow/tensors.ts';
import type { Bundle } from './bundle.ts';
import type { Model } from './model.ts';
import type { TrialRows } from './run-failures.ts';
import type { OnnxOptions } from './onnx-session.ts';
import type { KnownInputs } from './model-refused.ts';
import type { PlacedTensor } from './shared-pages.ts';
import type { Signature } from './onnx-signature.ts';

/** The start options of a worker process. */
export interface WorkerStart {
  readonly bundle: Bundle;
  readonly options: Omit<OnnxOptions, 'onTrial' | 'createExplainer' | 'breathe'>;
  /** Whether the rest of the machine goes first. Default: false. */
  readonly background?: boolean | undefined;
  /** How long the model may take for one batch. */
  readonly timeoutMs: number;
}

/** Everything about a model that is plain data. A worker sends it after it has opened the model. */
export interface ModelFacts extends Omit<Model, 'score' | 'run' | 'explainer' | 'release'> {
  /** Whether it can explain scores. */
  readonly explains: boolean;
  /** The peak memory of the process until the model was open. */
  readonly peakMemoryBytes: number;
}

/** A request to a worker about a batch. */
export type WorkerRequest =
  | {
      readonly kind: 'score' | 'explain';
      readonly tensors: readonly InputTensor[];
      readonly rows: number;
    }
  | {
      readonly kind: 'run';
      readonly tensors: readonly InputTensor[];
      readonly rows: number;
      /** Undefined: all. */
      readonly outputs: readonly string[] | undefined;
    }
  | ({ readonly kind: 'prepare' } & Background);

/** An answer of a worker. */
export type WorkerAnswer =
  | {
      readonly kind: 'scored';
      readonly score: Float64Array;
      readonly perClass: Float64Array | null;
      readonly seconds: number;
    }
  | { readonly kind: 'ran'; readonly outputs: readonly OutputTensor[] }
  | { readonly kind: 'explained'; readonly attributions: Attributions }
  | { readonly kind: 'prepared'; readonly by: ExplainedBy };

export type ToWorker =
  /** Requests the signature of a file, before there is a bundle. */
  | { readonly kind: 'describe'; readonly file: string }
  | { readonly kind: 'open'; readonly start: WorkerStart }
  | (WorkerRequest & { readonly id: number })
  | PlacedRequest
  | { readonly kind: 'release' };

export type FromWorker =
  /** A test run of the model begins while it is opened. It may never end. */
  | { readonly kind: 'trying'; readonly rows: TrialRows }
  | { readonly kind: 'tried' }
  | { readonly kind: 'ready'; readonly facts: ModelFacts }
  | { readonly kind: 'described'; readonly signature: Signature }
  /** The model could not be opened. The process ends. */
  | { readonly kind: 'refused'; readonly error: SerializedError }
  | (WorkerAnswer & { readonly id: number })
  | PlacedAnswer
  | { readonly kind: 'failed'; readonly id: number; readonly error: SerializedError };

/** A request to score tensors whose numbers are in the shared pages, `at` this place. */
export interface PlacedRequest {
  readonly kind: 'score placed';
  readonly id: number;
  readonly at: number;
  readonly tensors: readonly PlacedTensor[];
  readonly rows: number;
}

/** The scores are in the shared pages, at the place of the request: how many numbers there are. */
export interface PlacedAnswer {
  readonly kind: 'scored placed';
  readonly id: number;
  readonly score: number;
  readonly perClass: number | null;
  readonly seconds: number;
}

/** An error between processes: an instance would lose its class. */
export interface SerializedError {
  readonly problems: readonly Problem[] | undefined;
  readonly message: string;
  readonly stack: string | undefined;
  /** For a rejected model whose file declares its inputs. */
  readonly known?: KnownInputs;
  /** The runtime did not run the model. */
  readonly ofRun?: boolean;
}
