import { ScorerError, type ErrorCode } from '../errors.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { Crashed, RunFailed, TimedOut } from './run-failures.ts';

/**
 * The reason why the model did not answer a request, as an error with a code. Any other error is
 * returned unchanged. It has no values of an event.
 */
export function requestError(error: unknown, tensors: readonly InputTensor[]): unknown {
  const coded = (code: ErrorCode, what: string): ScorerError =>
    new ScorerError({ code, what }, { cause: error });
  if (error instanceof TimedOut)
    return coded('INFERENCE_TIMEOUT', 'the model did not answer within inference.timeoutMs');
  if (error instanceof Crashed) return coded('INFERENCE_CRASHED', error.message);
  if (!(error instanceof RunFailed) || error.isOfMemory) return error;
  const hasText = tensors.some(({ type }) => type === 'string');
  return coded('INFERENCE_FAILED', `the model fails: ${error.withoutValues(hasText)}`);
}
