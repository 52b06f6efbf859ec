import { emptyValues, type InputTensor, type TensorType } from '../flow/tensors.ts';
import { bytesFor, readNumbers, type Numbers, type PlacedTensor } from './shared-pages.ts';

type NumbersMaker = new (buffer: ArrayBuffer, offset: number, length: number) => Numbers;

/**
 * From here on numbers are read into memory. Some processors copy several times slower where two
 * addresses differ by a few bytes from a multiple of a page.
 */
const FIRST_BYTE = 256;

/** Reads tensors that another process wrote, always into the same memory: one batch at a time. */
export class PlacedTensors {
  readonly #fd: number;
  #memory = new ArrayBuffer(0);

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The tensors stay as they are until the next ones are read. */
  read(at: number, tensors: readonly PlacedTensor[]): InputTensor[] {
    const sizes = tensors.map(({ type, length }) => ({
      byteLength: length * makerOf(type).BYTES_PER_ELEMENT,
    }));
    const bytes = FIRST_BYTE + bytesFor(sizes);
    if (this.#memory.byteLength < bytes) this.#memory = new ArrayBuffer(bytes);
    let place = FIRST_BYTE;
    const numbers = tensors.map(({ type, length }, i) => {
      const array = new (makerOf(type))(this.#memory, place, length);
      place += bytesFor([sizes[i]!]);
      return array;
    });
    readNumbers(this.#fd, at, numbers);
    return tensors.map(({ length: _length, ...tensor }, i) => ({ ...tensor, values: numbers[i]! }));
  }
}

/** The array type for the values of a type. */
function makerOf(type: TensorType): NumbersMaker & { readonly BYTES_PER_ELEMENT: number } {
  return emptyValues(type, 0).constructor as never;
}
