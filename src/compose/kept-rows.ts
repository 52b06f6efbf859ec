import { emptyValues, type InputTensor, type TensorValues } from '../flow/tensors.ts';

/** Rows of the tensors of one batch that were copied, one after the other. */
export interface KeptRows {
  readonly block: Block;
  /** The first one, in its block. */
  readonly start: number;
  readonly count: number;
}

/** Memory for the rows of several batches. */
interface Block {
  readonly tensors: readonly InputTensor[];
  readonly capacity: number;
  end: number;
  /** Of the rows in it, those that are still needed. */
  used: number;
}

export interface BlockSize {
  readonly rows: number;
  readonly bytes: number;
}

/** So many blocks that nobody needs are kept for later. */
const SPARE_BLOCKS = 3;

/**
 * Rows of tensors that wait for a model, copied into memory that is used again and again. What a
 * batch has would otherwise outlive the batch: it leaves the young generation, and collecting it
 * costs more than the copy. The rows of consecutive batches lie side by side, so they become one
 * batch without another copy. All batches have the inputs of one model, in the same order.
 */
export class RowKeeper {
  readonly #size: BlockSize;
  /** The block that rows are added to. */
  #open: Block | undefined;
  #spare: Block[] = [];

  /** The usual size of a block: as many rows as fit. A larger batch gets a block of its own. */
  constructor(size: BlockSize) {
    this.#size = size;
  }

  /** Copies some rows of a batch, at least one, in their order. */
  keep(tensors: readonly InputTensor[], rows: ArrayLike<number>): KeptRows {
    const block = this.#blockFor(tensors, rows.length);
    const start = block.end;
    for (const [i, tensor] of tensors.entries())
      copyRows(tensor, rows, block.tensors[i]!.values, start);
    block.end += rows.length;
    block.used += rows.length;
    return { block, start, count: rows.length };
  }

  /**
   * The first of these batches, those whose rows are in one block, as one batch. They are given in the
   * order in which they were kept, none left out. If no rows behind them wait in their block, the next
   * rows go to another one, so that a block is worked on as a whole.
   */
  together(kept: readonly KeptRows[]): {
    readonly batches: number;
    readonly rows: number;
    readonly tensors: readonly InputTensor[];
  } {
    const [{ block, start }] = kept as readonly [KeptRows];
    let [batches, rows] = [0, 0];
    for (const next of kept) {
      if (next.block !== block) break;
      batches++;
      rows += next.count;
    }
    if (this.#open === block && start + rows === block.end) this.#open = undefined;
    const tensors = block.tensors.map((tensor) => {
      const width = widthOf(tensor);
      const values = part(tensor.values, start * width, (start + rows) * width);
      return { ...tensor, rows, values };
    });
    return { batches, rows, tensors };
  }

  /** Nobody needs these rows any more. */
  free({ block, count }: KeptRows): void {
    block.used -= count;
    if (block.used > 0) return;
    for (const { values } of block.tensors) if (Array.isArray(values)) values.fill('');
    block.end = 0;
    if (this.#spare.length < SPARE_BLOCKS && block.capacity === this.#capacityFor(block.tensors))
      this.#spare.push(block);
  }

  #blockFor(tensors: readonly InputTensor[], rows: number): Block {
    const open = this.#open;
    if (open !== undefined && open.end + rows <= open.capacity) return open;
    const capacity = this.#capacityFor(tensors);
    const spare = rows <= capacity ? this.#spare.pop() : undefined;
    this.#open = spare ?? newBlock(tensors, Math.max(rows, capacity));
    return this.#open;
  }

  #capacityFor(tensors: readonly InputTensor[]): number {
    const bytes = tensors.reduce((sum, tensor) => sum + widthOf(tensor) * bytesOfOne(tensor), 0);
    return Math.min(this.#size.rows, Math.max(1, Math.floor(this.#size.bytes / bytes)));
  }
}

/** The memory is only reserved: the system gives it page by page as rows are written. */
function newBlock(tensors: readonly InputTensor[], capacity: number): Block {
  const own = tensors.map((tensor) => {
    const values = emptyValues(tensor.type, capacity * widthOf(tensor));
    return { ...tensor, rows: capacity, values };
  });
  return { tensors: own, capacity, end: 0, used: 0 };
}

const widthOf = ({ values, rows }: InputTensor): number => values.length / rows;

/** A string of JavaScript without its characters, or a number. */
const bytesOfOne = ({ values }: InputTensor): number =>
  Array.isArray(values) ? 24 : values.BYTES_PER_ELEMENT;

function part(values: TensorValues, from: number, to: number): TensorValues {
  return Array.isArray(values) ? values.slice(from, to) : values.subarray(from, to);
}

function copyRows(
  tensor: InputTensor,
  rows: ArrayLike<number>,
  into: TensorValues,
  start: number,
): void {
  const { values } = tensor;
  const width = widthOf(tensor);
  const at = start * width;
  if (!Array.isArray(into) && !Array.isArray(values) && rows.length === tensor.rows) {
    // all of them, because a row is picked once
    (into as Float32Array).set(values as Float32Array, at);
    return;
  }
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width;
    for (let column = 0; column < width; column++)
      (into as Float32Array)[at + i * width + column] = (values as Float32Array)[from + column]!;
  }
}
