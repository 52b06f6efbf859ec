/**
 * Which fields of each row are outside of the profile of the model: what they are was never seen
 * in the reference data. A batch that nobody compares with a profile has no marks.
 */
export interface ProfileMarks {
  /** The fields that can be marked. It is the same object in every batch of a version. */
  readonly names: readonly string[];
  /** Words per row: a bit for each name. */
  readonly words: number;
  /** Row-major, rows × words: bit `i % 32` of word `i / 32` says that field `i` is outside. */
  readonly bits: Uint32Array;
}

const BITS = 32;

/** Marks for a number of rows, none of them set. */
export function noMarks(names: readonly string[], rows: number): ProfileMarks {
  const words = Math.ceil(names.length / BITS);
  return { names, words, bits: new Uint32Array(rows * words) };
}

/** Marks a field of a row. */
export function mark({ words, bits }: ProfileMarks, row: number, name: number): void {
  const word = row * words + Math.floor(name / BITS);
  bits[word] = bits[word]! | (1 << (name % BITS));
}

/** Whether a field of a row is marked. */
export function isMarked({ words, bits }: ProfileMarks, row: number, name: number): boolean {
  return ((bits[row * words + Math.floor(name / BITS)]! >>> (name % BITS)) & 1) === 1;
}

/** How many fields of a row are marked. */
export function countMarks({ words, bits }: ProfileMarks, row: number): number {
  let count = 0;
  for (let word = row * words; word < (row + 1) * words; word++)
    for (let rest = bits[word]!; rest !== 0; rest &= rest - 1) count++;
  return count;
}
