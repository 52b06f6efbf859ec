import { ScorerError } from '../errors.ts';
import { unlessAborted } from '../runtime/abort.ts';
import type { Signature } from './onnx-signature.ts';
import { crashed, deserializeError, forkWorker, WORKER_PROGRAM } from './worker-fork.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

const LONGEST_MS = 60_000;

/**
 * The signature of a model file, read in a separate process, because some files crash the runtime.
 * Throws like `readSignature`, and MODEL_CRASHED, MODEL_TIMEOUT, and the reason of the signal when
 * it aborts.
 */
export async function readSignatureIsolated(
  file: string,
  signal: AbortSignal,
  program = WORKER_PROGRAM,
): Promise<Signature> {
  const answer = Promise.withResolvers<Signature>();
  const child = forkWorker(program, (why) => {
    answer.reject(crashed(why, file));
  });
  child.on('message', (message: FromWorker) => {
    if (message.kind === 'described') answer.resolve(message.signature);
    else if (message.kind === 'refused') answer.reject(deserializeError(message.error));
  });
  const late = setTimeout(() => {
    const what = `the model could not be opened within ${LONGEST_MS / 1000} s`;
    answer.reject(new ScorerError({ code: 'MODEL_TIMEOUT', what, where: file }));
  }, LONGEST_MS);
  // if the process is gone, its exit is handled elsewhere
  child.send({ kind: 'describe', file } satisfies ToWorker, () => undefined);
  try {
    return await unlessAborted(answer.promise, signal);
  } finally {
    clearTimeout(late);
    child.kill('SIGKILL');
  }
}
