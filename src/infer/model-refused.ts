import { ScorerError, type Problem } from '../errors.ts';
import type { InputSignature } from '../flow/features.ts';

/** The signature of a model file, also if the model cannot be used. */
export interface KnownInputs {
  readonly inputs: readonly InputSignature[];
  /** Names of inputs that cannot get values; they are already reported. */
  readonly unusable: readonly string[];
}

/**
 * A rejected model whose file declares its inputs: the rest of model.yaml can be compared with
 * them.
 */
export class ModelRefused extends ScorerError {
  readonly known: KnownInputs;

  constructor(problems: readonly Problem[], known: KnownInputs, options?: ErrorOptions) {
    super(problems, options);
    this.known = known;
  }
}
