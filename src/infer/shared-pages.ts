import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import type { InputTensor, TensorValues } from '../flow/tensors.ts';

export type Numbers = Exclude<TensorValues, string[]>;

/** The numbers of a tensor are elsewhere: so many of them. */
export interface PlacedTensor extends Omit<InputTensor, 'values'> {
  readonly length: number;
}

/** Where a worker has the file of its pages: behind the standard streams and the channel. */
export const PAGES_FD = 4;

/** Files in memory, on Linux. */
const FOLDER = '/dev/shm';

/** Fewer bytes cost no less here than in the message itself. */
const LEAST_BYTES = 64 * 1024;

/** A request has this much room, for itself and for its answer. */
export const SLOT_BYTES = 16 * 1024 * 1024;

/** A worker has at most two requests at a time. */
const SLOTS = 2;

/**
 * Numbers for another process, in a file in memory that both have open. A message through the channel
 * is copied several times and read in pieces of 64 KB; this is one copy here and one there, and
 * neither waits for the other. Nobody else can open the file: its name is removed at once, and the
 * system frees it when both processes are gone. There is room for some requests; what finds none
 * goes through the channel.
 */
export class SharedPages {
  readonly fd: number;
  readonly #free = Array.from({ length: SLOTS }, (_, slot) => slot * SLOT_BYTES);
  #closed = false;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Undefined where there are no files in memory. */
  static open(folder = FOLDER): SharedPages | undefined {
    const path = `${folder}/stream-scorer-${randomUUID()}`;
    let fd: number | undefined;
    try {
      fd = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      return new SharedPages(fd);
    } catch {
      if (fd !== undefined) closeSync(fd);
      return undefined;
    }
  }

  /**
   * Writes the numbers of tensors. Returns where they are, until `free`. Undefined if they do not
   * belong here, or find no room.
   */
  put(tensors: readonly InputTensor[]): number | undefined {
    const numbers = this.#closed ? undefined : numbersOf(tensors);
    if (numbers === undefined) return undefined;
    const bytes = bytesFor(numbers);
    if (bytes < LEAST_BYTES || bytes > SLOT_BYTES) return undefined;
    const at = this.#free.pop();
    if (at === undefined) return undefined;
    try {
      writeNumbers(this.fd, at, numbers);
      return at;
    } catch {
      this.#free.push(at); // the memory for such files is full
      return undefined;
    }
  }

  /** Fills arrays with the answer. Throws if it is not there. */
  read(at: number, arrays: readonly Numbers[]): void {
    // the number of a closed file may be that of another one by now
    if (this.#closed) throw new Error('the shared pages are closed');
    readNumbers(this.fd, at, arrays);
  }

  free(at: number): void {
    this.#free.push(at);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.fd);
  }
}

function numbersOf(tensors: readonly InputTensor[]): readonly Numbers[] | undefined {
  const numbers = tensors.flatMap(({ values }) => (Array.isArray(values) ? [] : [values]));
  return numbers.length === tensors.length ? numbers : undefined;
}

/** Each array begins at a multiple of eight bytes. */
const ALIGNED = 8;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNED) * ALIGNED;

export function bytesFor(arrays: readonly Pick<Numbers, 'byteLength'>[]): number {
  return arrays.reduce((sum, { byteLength }) => sum + aligned(byteLength), 0);
}

/** Writes arrays of numbers one after the other. Throws if they find no room. */
export function writeNumbers(fd: number, at: number, arrays: readonly Numbers[]): void {
  let place = at;
  for (const array of arrays) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let done = 0; done < bytes.length;)
      done += writeSync(fd, bytes, done, bytes.length - done, place + done);
    place += aligned(bytes.length);
  }
}

/** Fills arrays with what `writeNumbers` wrote. Throws if it is not there. */
export function readNumbers(fd: number, at: number, arrays: readonly Numbers[]): void {
  let place = at;
  for (const array of arrays) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let done = 0; done < bytes.length;) {
      const read = readSync(fd, bytes, done, bytes.length - done, place + done);
      if (read === 0)
        throw new RangeError('the shared pages are shorter than what they should have');
      done += read;
    }
    place += aligned(bytes.length);
  }
}
