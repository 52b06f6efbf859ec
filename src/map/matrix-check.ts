import type { FeatureSpec } from '../flow/features.ts';
import { branchesOf, fieldOf } from '../flow/path.ts';
import { describeType, type RecordNode, type SchemaNode } from '../flow/schema-node.ts';

/**
 * The types in the arrays of a matrix, after `depth` levels of arrays: the branches that are not
 * null.
 */
function innermost(node: SchemaNode, depth: number): readonly SchemaNode[] {
  if (depth === 0) return branchesOf(node);
  return branchesOf(node).flatMap((branch) =>
    branch.kind === 'array' ? innermost(branch.items, depth - 1) : [],
  );
}

/** The records in the innermost arrays of a matrix, if it has records. */
function records(node: SchemaNode, matrix: readonly number[]): readonly RecordNode[] {
  return innermost(node, matrix.length - 1).filter((inner) => inner.kind === 'record');
}

/** The fields of the records of a matrix in their order, if model.yaml does not name them. */
export function recordFields(
  node: SchemaNode,
  matrix: readonly number[],
): readonly string[] | undefined {
  return records(node, matrix)[0]?.fields.map(({ name }) => name);
}

/** Why a field is not such a matrix, or undefined. `isNumber` says which types are numbers. */
export function checkMatrix(
  { field, matrix, fields }: FeatureSpec,
  node: SchemaNode,
  isNumber: (node: SchemaNode) => boolean,
): { readonly what: string; readonly remedy: string } | undefined {
  const dims = matrix!;
  const [record] = records(node, dims);
  const of = `matrix: [${dims.join(', ')}] of ${field}`;
  if (record === undefined) {
    if (fields !== undefined)
      return {
        what: `${of} has no records, but fields names some of their fields`,
        remedy: 'Remove fields.',
      };
    if (innermost(node, dims.length).some(isNumber)) return undefined;
    return {
      what: `${field} is ${describeType(node)}, but a matrix takes ${'an array of '.repeat(dims.length)}numbers or of records`,
      remedy: 'Choose such a field. Give matrix one number for each level of arrays.',
    };
  }
  const names = fields ?? record.fields.map(({ name }) => name);
  const width = dims.at(-1)!;
  if (names.length !== width) {
    return {
      what: `${of} takes ${width} fields of the record ${record.name}, but ${fields === undefined ? 'the record has' : 'fields names'} ${names.length}`,
      remedy: `Name these ${width} fields in the order of the training: fields: [${record.fields.map(({ name }) => name).join(', ')}].`,
    };
  }
  const wrong = names.find((name) => {
    const found = fieldOf(record, name);
    return found === undefined || !branchesOf(found.node).some(isNumber);
  });
  if (
    wrong === undefined &&
    new Set(names.map((name) => fieldOf(record, name))).size === names.length
  )
    return undefined;
  return wrong === undefined
    ? { what: `${of} names the same field twice`, remedy: 'Name each field once.' }
    : {
        what: `${of}: the record ${record.name} has no number field ${wrong}`,
        remedy: 'Choose fields of a number type: fields: [..].',
      };
}
