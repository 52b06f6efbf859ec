/** The element types of a model input, with the names of ONNX Runtime. */
export const TENSOR_TYPES = [
  'float32',
  'float64',
  'float16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
] as const;
export type TensorType = (typeof TENSOR_TYPES)[number];

/** Halves (float16) are stored as bits, because not every engine has an array type for them. */
export type TensorValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | string[];

/**
 * One input of the model for a whole batch: row-major, `rows` × `columns`. `flat` if the model
 * takes [N] instead of [N,1].
 */
export interface InputTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly rows: number;
  readonly columns: number;
  readonly flat: boolean;
  /** Dimensions after the rows, if there are several: [10, 3] for [N,10,3]. */
  readonly inner?: readonly number[];
  readonly values: TensorValues;
}

/** An output that the model declares. */
export interface ModelOutput {
  readonly name: string;
  readonly type: TensorType;
  /**
   * Dimensions, starting with the rows; null: any size. Empty if the file does not declare them.
   */
  readonly shape: readonly (number | null)[];
}

/** One output of the model for a whole batch, row-major. */
export interface OutputTensor {
  readonly name: string;
  readonly type: TensorType;
  /** Dimensions, starting with the rows. */
  readonly dims: readonly number[];
  readonly values: TensorValues;
}

/** Zeros, or empty strings, in the array type for values of this type. */
export function emptyValues(type: TensorType, length: number): TensorValues {
  return MAKERS[type](length);
}

const MAKERS: Readonly<Record<TensorType, (length: number) => TensorValues>> = {
  float32: (length) => new Float32Array(length),
  float64: (length) => new Float64Array(length),
  float16: (length) => new Uint16Array(length),
  int8: (length) => new Int8Array(length),
  int16: (length) => new Int16Array(length),
  int32: (length) => new Int32Array(length),
  int64: (length) => new BigInt64Array(length),
  uint8: (length) => new Uint8Array(length),
  uint16: (length) => new Uint16Array(length),
  uint32: (length) => new Uint32Array(length),
  uint64: (length) => new BigUint64Array(length),
  bool: (length) => new Uint8Array(length),
  string: (length) => new Array<string>(length).fill(''),
};

/**
 * Smallest and largest number of the integer types. Beyond them an array would wrap around. The
 * last doubles below 2^63 and 2^64 are 1024 and 2048 below them.
 */
export const WHOLE_RANGES: Readonly<Partial<Record<TensorType, readonly [number, number]>>> = {
  int8: [-128, 127],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63 - 1024],
  uint8: [0, 255],
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, 2 ** 64 - 2048],
};
