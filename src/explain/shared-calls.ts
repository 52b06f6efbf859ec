/** Rows × width numbers, row-major, to as many numbers: each row for itself. */
type ByRow = (matrix: Float32Array, rows: number) => Float64Array;

interface Asked {
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly answer: PromiseWithResolvers<Float64Array>;
}

/** Rows of one call, unless a single request has more: a few milliseconds of the event loop. */
const MAX_ROWS = 512;

/**
 * Requests of one turn of the event loop (batches of several partitions) share a call. A few rows
 * alone read large tables from memory that is far away; together they read them once.
 */
export function shareCalls(
  byRow: ByRow,
  width: number,
): (matrix: Float32Array, rows: number) => Promise<Float64Array> {
  let waiting: Asked[] = [];
  let count = 0;

  function call(): void {
    if (waiting.length === 0) return; // they were more than one call takes
    const asked = waiting;
    const rows = count;
    waiting = [];
    count = 0;
    try {
      const found = byRow(joined(asked, rows * width), rows);
      let from = 0;
      for (const one of asked) {
        const end = from + one.rows * width;
        one.answer.resolve(found.subarray(from, end));
        from = end;
      }
    } catch (error) {
      for (const { answer } of asked) answer.reject(error);
    }
  }

  return (matrix, rows) => {
    if (count > 0 && count + rows > MAX_ROWS) call();
    const answer = Promise.withResolvers<Float64Array>();
    waiting.push({ matrix, rows, answer });
    count += rows;
    if (waiting.length === 1) setImmediate(call);
    return answer.promise;
  };
}

function joined(asked: readonly Asked[], length: number): Float32Array {
  if (asked.length === 1) return asked[0]!.matrix;
  const all = new Float32Array(length);
  let at = 0;
  for (const { matrix } of asked) {
    all.set(matrix, at);
    at += matrix.length;
  }
  return all;
}
