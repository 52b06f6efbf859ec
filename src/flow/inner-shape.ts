import { columnsOf, type InputSignature, type InputSpec } from './features.ts';

/** The layout of the numbers of a row in an input of more than two dimensions. */
export interface InnerShape {
  /** Dimensions after the rows, all known. */
  readonly inner: readonly number[];
  /**
   * Whether each vector is a column of the matrix instead of a row: element i of vector j is at [i,
   * j].
   */
  readonly stacked: boolean;
}

/** Why the columns do not define the layout of a row. */
export interface NoShape {
  readonly what: string;
  readonly remedy: string;
}

/**
 * Puts the columns of model.yaml into an input of several dimensions, row-major. It does not guess
 * if two layouts are possible. Undefined for [N,k], [N,1] and [N].
 */
export function innerShape(
  signature: InputSignature,
  spec: InputSpec,
): InnerShape | NoShape | undefined {
  const declared = signature.inner;
  if (declared === undefined) return undefined;
  const { name, features } = spec;
  const said = `${name} is [N,${declared.map((size) => size ?? '?').join(',')}]`;
  const matrix = features.find((feature) => feature.matrix !== undefined)?.matrix;
  if (matrix !== undefined) {
    if (features.length > 1) {
      return {
        what: `${said}, but model.yaml lists a matrix together with other columns`,
        remedy: 'List only the matrix for this input.',
      };
    }
    const inner = fit(declared, matrix);
    if (inner !== undefined) return { inner, stacked: false };
    const takes = declared.map((size) => size ?? 'n').join(', ');
    return {
      what: `${said}, but the matrix is [${matrix.join(', ')}]`,
      remedy: `Set matrix: [${takes}].`,
    };
  }
  const total = columnsOf(spec);
  const inner = complete(declared, total);
  if (inner === undefined) {
    return {
      what: `${said}, and the layout of ${total} columns in it is not known`,
      remedy:
        'List one field that is an array of arrays (matrix: [rows, columns]), or list as many columns as the input has numbers.',
    };
  }
  const vectors = features.map(({ vector }) => vector ?? 1);
  const sizes = inner.filter((size) => size !== 1);
  if (sizes.length <= 1 || vectors.every((length) => length === 1))
    return { inner, stacked: false };
  const [length] = vectors;
  const alike = vectors.every((other) => other === length);
  const rows = alike && length === sizes.at(-1);
  const stacked = alike && sizes.length === 2 && length === sizes[0] && vectors.length === sizes[1];
  if (rows !== stacked) return { inner, stacked };
  return {
    what: `${said}, and its vectors of ${vectors.join(', ')} numbers ${rows ? 'could be its rows or its columns' : 'fit neither its rows nor its columns'}`,
    remedy: 'List one field that is an array of arrays: { field: …, matrix: [rows, columns] }.',
  };
}

/** The dimensions with those of the matrix. Dimensions of size 1 may be in between. */
function fit(
  declared: readonly (number | null)[],
  matrix: readonly number[],
): readonly number[] | undefined {
  const agrees = (sizes: readonly (number | null)[]): boolean =>
    sizes.length === matrix.length && sizes.every((size, i) => size === null || size === matrix[i]);
  if (agrees(declared)) return matrix;
  if (!agrees(declared.filter((size) => size !== 1))) return undefined;
  let next = 0;
  return declared.map((size) => (size === 1 ? 1 : matrix[next++]!));
}

/** The dimensions. At most one of them is computed from the number of columns. */
function complete(
  declared: readonly (number | null)[],
  total: number,
): readonly number[] | undefined {
  const known = declared.reduce<number>((product, size) => product * (size ?? 1), 1);
  const open = declared.filter((size) => size === null).length;
  if (open === 0) return known === total ? (declared as readonly number[]) : undefined;
  if (open > 1 || total % known !== 0) return undefined;
  return declared.map((size) => size ?? total / known);
}
