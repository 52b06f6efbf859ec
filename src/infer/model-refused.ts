import { ScorerError, type Problem } from '../errors.ts';
import type { InputSignature } from '../flow/features.ts';

/** What a model file asks for, also where the model cannot be served. */
export interface KnownInputs {
  readonly inputs: readonly InputSignature[];
  /** Names of inputs that nothing can feed; that is told already. */
  readonly unusable: readonly string[];
}

/**
 * A model that is refused though its file says what it takes: the rest of model.yaml can be
 * compared with that.
 */
export class ModelRefused extends ScorerError {
  readonly known: KnownInputs;

  constructor(problems: readonly Problem[], known: KnownInputs, options?: ErrorOptions) {
    super(problems, options);
    this.known = known;
  }
}
