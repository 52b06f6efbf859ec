import { ScorerError, type Problem } from '../../src/errors.ts';

/** The ScorerError that the work fails with; fails where it succeeds or throws anything else. */
export async function scorerErrorOf(work: () => unknown): Promise<ScorerError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ScorerError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export async function problemsOf(work: () => unknown): Promise<readonly Problem[]> {
  return (await scorerErrorOf(work)).problems;
}
