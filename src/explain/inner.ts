import type { Attributions, Background } from '../flow/attributions.ts';
import { fromHalfBits } from '../flow/half.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { columnSources } from '../onnx/column-sources.ts';
import { NotThisWay, type Explainable, type Part } from './explainable.ts';
import { widthOf } from './mixed-rows.ts';

/** The tensor of which a part of the model makes the score, and how it comes from the inputs. */
export interface InnerTensor {
  readonly name: string;
  /** A model that computes it from the inputs; undefined if it is an input. */
  readonly front: Uint8Array | undefined;
}

/** A matrix of numbers, row-major. */
export interface Matrix {
  readonly width: number;
  readonly values: Float64Array;
}

/**
 * Explains by the fields of the events what is known by the columns of an inner tensor: what comes
 * before it (scalers, encoders, imputers) is undone.
 */
export class Inner {
  readonly #part: Part | undefined;
  readonly #inputs: readonly string[];
  readonly #at: number;
  readonly #fields: number;
  #fieldOf: readonly number[] = [];

  private constructor(
    part: Part | undefined,
    inputs: readonly string[],
    at: number,
    fields: number,
  ) {
    this.#part = part;
    this.#inputs = inputs;
    this.#at = at;
    this.#fields = fields;
  }

  /**
   * Throws `NotThisWay` if one of its columns is made of several fields: then nobody knows the part
   * of each.
   */
  static async open(
    { open, file }: Explainable,
    { name, front }: InnerTensor,
    { tensors, rows, fieldOf, fields }: Background,
  ): Promise<Inner & { readonly matrix: Matrix }> {
    const names = tensors.map((tensor) => tensor.name);
    const widths = new Map(tensors.map((tensor) => [tensor.name, widthOf(tensor)]));
    const at = names.indexOf(name);
    if (front === undefined && at < 0) throw new NotThisWay(`${name} is not an input of the model`);
    if (front !== undefined && rows === 0)
      throw new NotThisWay('its first steps cannot be tested without a background');
    const part = front === undefined ? undefined : await opened(open, front, name);
    try {
      const sources =
        front === undefined ? undefined : columnSources((await file()).bytes, name, widths);
      const inner = new Inner(part, sources?.inputs ?? [], at, fields);
      const matrix = await inner.matrixOf(tensors, rows).catch((error: unknown) => {
        throw part === undefined ? error : new NotThisWay(NOT_ALONE);
      });
      inner.#fieldOf =
        sources === undefined
          ? fieldOf[at]!
          : fieldsOfSources(sources.of(matrix.width), names, fieldOf);
      return Object.assign(inner, { matrix });
    } catch (error) {
      await part?.release();
      throw error;
    }
  }

  async matrixOf(tensors: readonly InputTensor[], rows: number): Promise<Matrix> {
    if (this.#part === undefined) return numbersOf(tensors[this.#at]!);
    const fed = tensors.filter(({ name }) => this.#inputs.includes(name));
    const { data, width } = await this.#part.run(fed, rows);
    return { width, values: Float64Array.from(data, Number) };
  }

  /** Sums what the columns of one field add. */
  byField(columns: Float64Array, width: number, rows: number, base: number): Attributions {
    const fields = this.#fields;
    const values = new Float64Array(rows * fields);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < width; column++) {
        const field = this.#fieldOf[column]!;
        if (field >= 0) values[row * fields + field]! += columns[row * width + column]!;
      }
    return { columns: fields, base, values };
  }

  async release(): Promise<void> {
    await this.#part?.release();
  }
}

const NOT_ALONE = 'its first steps cannot be run alone';

async function opened(open: Explainable['open'], front: Uint8Array, name: string): Promise<Part> {
  try {
    return await open(front, name);
  } catch {
    throw new NotThisWay(NOT_ALONE);
  }
}

function numbersOf(tensor: InputTensor): Matrix {
  const { values, type, name } = tensor;
  if (Array.isArray(values)) throw new NotThisWay(`its input ${name} has texts`);
  const width = widthOf(tensor);
  if (type === 'float16')
    return { width, values: Float64Array.from(values as Uint16Array, fromHalfBits) };
  const isWide = values instanceof BigInt64Array || values instanceof BigUint64Array;
  return { width, values: isWide ? Float64Array.from(values, Number) : new Float64Array(values) };
}

/** The field of each column; -1 for a constant one. */
function fieldsOfSources(
  sources: readonly (readonly { readonly input: string; readonly column: number }[])[],
  names: readonly string[],
  fieldOf: readonly (readonly number[])[],
): readonly number[] {
  return sources.map((columns, i) => {
    const fields = new Set(
      columns.flatMap(({ input, column }) => {
        return [fieldOf[names.indexOf(input)]![column]!];
      }),
    );
    if (fields.size > 1)
      throw new NotThisWay(
        `its column ${i} behind the first steps of the model is made of ${fields.size} fields`,
      );
    return [...fields][0] ?? -1;
  });
}
