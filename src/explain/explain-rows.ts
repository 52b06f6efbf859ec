import { ScorerError, type ErrorCode } from '../errors.ts';
import type { Attributions } from '../flow/attributions.ts';
import type { DeadCode } from '../flow/dead-code.ts';
import type { Fates } from '../flow/fates.ts';
import { takeRows } from '../flow/take-rows.ts';
import type { InputTensor } from '../flow/tensors.ts';

export type ExplainTensors = (
  tensors: readonly InputTensor[],
  rows: number,
) => Promise<Attributions>;

/** The values of explained rows, in the order in which they were asked for. */
export interface ExplainedRows {
  /** Undefined for a row that is dead now. */
  readonly valuesOf: (place: number) => Float64Array | undefined;
}

/** What a row may have done to the model. Any other error is not its fault, and is thrown. */
const OF_ROWS = new Set<ErrorCode>(['INFERENCE_TIMEOUT', 'INFERENCE_FAILED', 'INFERENCE_CRASHED']);

/**
 * Explains rows of a batch, so many at once. Between two requests, the event loop does its other
 * work. If the model does not answer, fails or crashes, parts of the batch are
 * explained, down to single rows. A row that cannot be explained alone becomes a dead letter, as a
 * row without a score does: its decision asks for reasons, and is not written without them.
 */
export async function explainRows(
  explain: ExplainTensors,
  tensors: readonly InputTensor[],
  rows: readonly number[],
  fates: Fates,
  atOnce: number,
): Promise<ExplainedRows> {
  const found = new Array<Float64Array | undefined>(rows.length).fill(undefined);

  async function ask(from: number, count: number, again = false): Promise<void> {
    let answer: Attributions;
    try {
      answer = await explain(takeRows(tensors, rows.slice(from, from + count)), count);
    } catch (error) {
      if (!(error instanceof ScorerError) || !OF_ROWS.has(error.code)) throw error;
      if (count > 1) {
        const half = Math.ceil(count / 2);
        await ask(from, half);
        await ask(from + half, count - half);
        return;
      }
      // A process may end by accident. The event is the cause if it ends two of them alone.
      if (error.code === 'INFERENCE_CRASHED' && !again) return ask(from, 1, true);
      const { code, what } = error.problems[0]!;
      fates.kill(rows[from]!, 'explain', code as DeadCode, `no reasons: ${what}`);
      return;
    }
    const { columns, values } = answer;
    for (let i = 0; i < count; i++) {
      const own = values.subarray(i * columns, (i + 1) * columns);
      if (areFinite(own)) found[from + i] = own;
      else
        fates.kill(
          rows[from + i]!,
          'explain',
          'EXPLAIN_FAILED',
          'a contribution to the score is not a finite number',
        );
    }
  }

  for (let from = 0; from < rows.length; from += atOnce) {
    if (from > 0) await new Promise((resolve) => setImmediate(resolve));
    await ask(from, Math.min(atOnce, rows.length - from));
  }
  return { valuesOf: (place) => found[place] };
}

function areFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
