import { emptyValues, type InputTensor, type TensorValues } from '../flow/tensors.ts';

/** Rows that take some fields from one row of tensors, and the rest from another one. */
export class MixedRows {
  readonly #tensors: readonly InputTensor[];
  readonly #fieldOf: readonly (readonly number[])[];
  readonly #values: readonly TensorValues[];
  #next = 0;

  /** `like`: tensors of the same model. */
  constructor(like: readonly InputTensor[], fieldOf: readonly (readonly number[])[], rows: number) {
    this.#tensors = like;
    this.#fieldOf = fieldOf;
    this.#values = like.map((tensor) => emptyValues(tensor.type, rows * widthOf(tensor)));
  }

  /** Adds a row: the fields that `isOwn` names are those of `own`, the others those of `other`. */
  add(
    own: readonly InputTensor[],
    ownRow: number,
    other: readonly InputTensor[],
    otherRow: number,
    isOwn: Uint8Array,
  ): void {
    const row = this.#next++;
    for (let t = 0; t < this.#tensors.length; t++) {
      const width = widthOf(this.#tensors[t]!);
      const fields = this.#fieldOf[t]!;
      const into = this.#values[t] as Float32Array;
      // or of texts, or of another kind of numbers: the same in all three
      const [from, rest] = [own[t]!.values as Float32Array, other[t]!.values as Float32Array];
      for (let i = 0; i < width; i++) {
        const mine = isOwn[fields[i]!] === 1;
        into[row * width + i] = mine ? from[ownRow * width + i]! : rest[otherRow * width + i]!;
      }
    }
  }

  get rows(): number {
    return this.#next;
  }

  /** The rows so far. */
  tensors(): InputTensor[] {
    return this.#tensors.map((tensor, t) => {
      const values = this.#values[t] as Float32Array;
      const count = this.#next * widthOf(tensor);
      return { ...tensor, rows: this.#next, values: values.slice(0, count) };
    });
  }
}

/** Numbers of a row. */
export function widthOf({ values, rows, columns }: InputTensor): number {
  return rows === 0 ? columns : values.length / rows;
}

/** A number that depends on all values of a row, and on nothing else. */
export function hashOfRow(tensors: readonly InputTensor[], row: number): number {
  let hash = 0x811c9dc5; // FNV-1a
  const add = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193);
  };
  for (const tensor of tensors) {
    const width = widthOf(tensor);
    const { values } = tensor;
    if (Array.isArray(values)) {
      for (let i = row * width; i < (row + 1) * width; i++) {
        for (const byte of Buffer.from(values[i]!)) add(byte);
        add(0xff); // where a text ends
      }
      continue;
    }
    const { buffer, byteOffset, BYTES_PER_ELEMENT: size } = values as Float32Array;
    const bytes = new Uint8Array(buffer, byteOffset + row * width * size, width * size);
    for (const byte of bytes) add(byte);
  }
  return hash;
}
