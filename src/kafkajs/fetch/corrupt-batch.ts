/**
 * Thrown for a batch whose bytes were damaged after the broker accepted it, or that this program
 * cannot read: its records are unknown. Another read, or another replica, may have it intact, so
 * nothing is skipped.
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

/** If memory ran out, this says nothing about the bytes. */
export function isOutOfMemory(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  if (code === undefined) return error instanceof RangeError || /allocation failed/i.test(message);
  return code.endsWith('MEM_ERROR') || /memory_allocation/i.test(code);
}
