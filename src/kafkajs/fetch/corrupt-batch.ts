/**
 * Thrown for a batch whose bytes are not those that the broker took, or that nobody here can read:
 * what its records are is not known. Another read of it, or another replica, may have it whole, so
 * nothing is given up.
 */
export class CorruptBatch extends Error {
  readonly firstOffset: number;
  readonly lastOffset: number;

  constructor(why: string, firstOffset: number, lastOffset: number) {
    super(why);
    this.name = 'CorruptBatch';
    this.firstOffset = firstOffset;
    this.lastOffset = lastOffset;
  }
}

/** Where memory ran out, nothing is said about the bytes. */
export function isOutOfMemory(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  if (code === undefined) return error instanceof RangeError || /allocation failed/i.test(message);
  return code.endsWith('MEM_ERROR') || /memory_allocation/i.test(code);
}
