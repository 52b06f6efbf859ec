export type TensorType = 'float32' | 'float64' | 'int32' | 'int64' | 'bool' | 'string';

export type TensorValues = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | string[];

/** One input of the model for a whole batch: row-major, `rows` × `columns`; `flat` when the model takes [N] instead of [N,1]. */
export interface InputTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly rows: number;
  readonly columns: number;
  readonly flat: boolean;
  readonly values: TensorValues;
}
