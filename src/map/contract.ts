import { nearest } from '../runtime/nearest.ts';
import type { Problem } from '../errors.ts';
import { FieldSet, type ProjectedField } from '../flow/projection.ts';
import {
  columnsOf,
  unfed,
  widthOf,
  type FeatureSpec,
  type InputSignature,
  type InputSpec,
} from '../flow/features.ts';
import { innerShape } from '../flow/inner-shape.ts';
import { branchesOf, findPath, isFound, type Lost } from '../flow/path.ts';
import { describeType, fieldPaths, type Found, type SchemaNode } from '../flow/schema-node.ts';
import type { TensorType } from '../flow/tensors.ts';
import { timeUnits } from '../flow/time-unit.ts';
import { checkFeature } from './feature-check.ts';
import { recordFields } from './matrix-check.ts';

/**
 * The agreement between the schema of the events, model.yaml and the signature of the model. It is
 * checked as a whole before the first event. It says which field makes which column of which
 * tensor, and how.
 */
export interface Contract {
  /** Each value once. Columns refer to it by index. */
  readonly fields: readonly ProjectedField[];
  readonly inputs: readonly ContractInput[];
}

export interface ContractInput {
  readonly name: string;
  readonly type: TensorType;
  readonly flat: boolean;
  /** Dimensions after the rows, if there are several. */
  readonly inner?: readonly number[];
  readonly columns: readonly ContractColumn[];
  /** Columns of the tensor. A one-hot group or a vector fills several. */
  readonly width: number;
}

export interface ContractColumn {
  readonly spec: FeatureSpec;
  /** Index into `Contract.fields`. */
  readonly slot: number;
  readonly as: ProjectedField['as'];
  /** The first number of a row that it fills, the count, and their distance. */
  readonly at: number;
  readonly width: number;
  readonly step: number;
  /** The field's type, for people. */
  readonly type: string;
  readonly nullable: boolean;
  /** Milliseconds per unit of the field, if a part of a time is taken. */
  readonly unitMs: number;
}

export type ContractResult =
  | { readonly contract: Contract }
  | { readonly problems: readonly Problem[] };

/** Checks everything at once. Every problem names its column in model.yaml and a remedy. */
export function makeContract(
  event: SchemaNode,
  specs: readonly InputSpec[],
  signature: readonly InputSignature[],
  where: string,
): ContractResult {
  const problems = [
    ...checkSignature(specs, signature, where),
    ...checkFields(event, specs, signature, where),
  ];
  if (problems.length > 0) return { problems };
  const needed = new FieldSet();
  const inputs = specs.map((spec): ContractInput => {
    const declared = signature.find((input) => input.name === spec.name)!;
    const laid = innerShape(declared, spec);
    const shape = laid !== undefined && 'inner' in laid ? laid : undefined;
    const step = shape?.stacked === true ? spec.features.length : 1;
    let width = 0;
    const columns = spec.features.map((feature, i) => {
      const at = step === 1 ? width : i;
      width += widthOf(feature);
      return column(
        feature,
        findPath(event, feature.field) as Found,
        declared.type,
        { at, step },
        needed,
      );
    });
    const { name, type, flat } = declared;
    return {
      name,
      type,
      flat,
      columns,
      width,
      ...(shape === undefined ? {} : { inner: shape.inner }),
    };
  });
  return { contract: { fields: needed.fields, inputs } };
}

/**
 * Compares model.yaml with the inputs of the model, whatever the events are. `unusable`: inputs
 * whose problems are already reported.
 */
export function checkSignature(
  specs: readonly InputSpec[],
  signature: readonly InputSignature[],
  where: string,
  unusable: readonly string[] = [],
): Problem[] {
  const problems = checkNames(specs, signature, where, unusable);
  for (const spec of specs) {
    const declared = meant(spec, specs, signature);
    if (declared === undefined || spec.vague === true) continue;
    problems.push(...checkCount(spec, declared, where));
    const laid = innerShape(declared, spec);
    if (laid !== undefined && 'what' in laid) {
      problems.push({ code: 'MODEL_INPUT', where: `${where} inputs.${spec.name}`, ...laid });
    }
  }
  return problems;
}

/**
 * Compares the fields of model.yaml with those of the event. If the inputs of the model are
 * unknown, only fields that no tensor accepts are a problem.
 */
export function checkFields(
  event: SchemaNode,
  specs: readonly InputSpec[],
  signature: readonly InputSignature[],
  where: string,
): Problem[] {
  return specs.flatMap((spec) => {
    const type = meant(spec, specs, signature)?.type;
    return spec.features.flatMap((feature, i) => {
      const place = `${where} inputs.${spec.name}[${i}]`;
      if (feature.vague === true && feature.field === '') return [];
      const found = findPath(event, feature.field);
      if (isFound(found) && feature.vague === true) return [];
      return isFound(found)
        ? checkFeature(feature, found, type, place)
        : [notFound(event, feature.field, place)];
    });
  });
}

/**
 * The input of the model with that name. For a misspelt name, the most similar input without
 * columns.
 */
function meant(
  spec: InputSpec,
  specs: readonly InputSpec[],
  signature: readonly InputSignature[],
): InputSignature | undefined {
  const own = signature.find((input) => input.name === spec.name);
  if (own !== undefined) return own;
  const free = signature.filter((input) => !specs.some(({ name }) => name === input.name));
  const near = nearest(
    spec.name,
    free.map((input) => input.name),
  );
  return free.find((input) => input.name === near);
}

/**
 * The problem of a path that the event does not have (or not as a field of a record), with the most
 * similar path.
 */
export function notFound(event: SchemaNode, path: string, where: string): Problem {
  const near = nearest(path, fieldPaths(event));
  const found = findPath(event, path);
  const lost: Lost = isFound(found)
    ? { what: `${path} is not a field of every record type that an event may have` }
    : found;
  const remedy = lost.remedy ?? (near === undefined ? undefined : `Did you mean ${near}?`);
  return {
    code: 'CONTRACT_FIELD',
    what: lost.what,
    where,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function checkNames(
  specs: readonly InputSpec[],
  signature: readonly InputSignature[],
  where: string,
  unusable: readonly string[],
): Problem[] {
  const names = signature.map((input) => input.name);
  const unknown = specs
    .filter((spec) => !names.includes(spec.name) && !unusable.includes(spec.name))
    .map((spec): Problem => {
      const near =
        meant(spec, specs, signature)?.name ?? nearest(spec.name, names) ?? names.join(', ');
      return {
        code: 'MODEL_INPUT',
        what: `the model has no input ${spec.name}`,
        where: `${where} inputs.${spec.name}`,
        remedy: near === '' ? 'Remove it.' : `Did you mean ${near}?`,
      };
    });
  const hungry = signature
    .filter((input) => !specs.some((spec) => spec.name === input.name))
    .map((input): Problem => ({ code: 'MODEL_INPUT', where: `${where} inputs`, ...unfed(input) }));
  return [...unknown, ...hungry];
}

function checkCount(spec: InputSpec, declared: InputSignature, where: string): Problem[] {
  const count = columnsOf(spec);
  if (declared.columns === null ? count > 0 : count === declared.columns) return [];
  if (declared.inner !== undefined) return []; // reported together with the layout
  const takes = declared.columns === null ? 'at least 1' : String(declared.columns);
  return [
    {
      code: 'MODEL_INPUT',
      what: `model.yaml lists ${count} columns for ${spec.name}, but the model takes ${takes}`,
      where: `${where} inputs.${spec.name}`,
      remedy: `List exactly ${takes} columns, in the order the model was trained with.`,
    },
  ];
}

function column(
  given: FeatureSpec,
  found: Found,
  tensor: TensorType,
  { at, step }: Pick<ContractColumn, 'at' | 'step'>,
  needed: FieldSet,
): ContractColumn {
  const spec = withFields(given, found.node);
  const optional = spec.missing !== undefined;
  const as = kindOf(spec, tensor, found.node);
  const unitMs = timeUnits(found.node)[0]?.ms;
  const more = {
    ...(as === 'vector' ? { size: widthOf(spec), ...matrixOf(spec) } : {}),
    ...(spec.part !== undefined && spec.part !== 'length' ? { unitMs: unitMs ?? 1 } : {}),
  };
  return {
    spec,
    slot: needed.slot({ path: spec.field, as, ...more, optional }),
    as,
    at,
    step,
    width: widthOf(spec),
    type: describeType(found.node),
    nullable: found.nullable,
    unitMs: unitMs ?? 1,
  };
}

function kindOf(spec: FeatureSpec, tensor: TensorType, node: SchemaNode): ProjectedField['as'] {
  const { vector, matrix, part, categories, oneHot, transforms } = spec;
  if (vector !== undefined || matrix !== undefined) return 'vector';
  if (part === 'length') return 'length';
  // Nanoseconds of today are beyond 2^53. Rounded, the last ones of an hour would be in the next
  // hour.
  if (part !== undefined)
    return timeUnits(node)[0]?.ms === 1e-6 && isWhole(node) ? 'long' : 'number';
  const listed = categories ?? oneHot;
  if (tensor === 'string' || listed?.every((entry) => typeof entry === 'string') === true)
    return 'text';
  // A double would round numbers beyond 2^53, such as hashes.
  const exact = tensor === 'int64' && listed === undefined && transforms.length === 0;
  return exact && isWhole(node) ? 'long' : 'number';
}

const isWhole = (node: SchemaNode): boolean =>
  branchesOf(node).every(({ kind }) => kind === 'long' || kind === 'int');

/**
 * A matrix of records without `fields` takes the fields in the order of the first schema, and keeps
 * this order.
 */
function withFields(spec: FeatureSpec, node: SchemaNode): FeatureSpec {
  const names =
    spec.matrix === undefined || spec.fields !== undefined
      ? undefined
      : recordFields(node, spec.matrix);
  return names === undefined ? spec : { ...spec, fields: names };
}

function matrixOf({ matrix, fields }: FeatureSpec): Pick<ProjectedField, 'dims' | 'fields'> {
  if (matrix === undefined) return {};
  return { dims: matrix, ...(fields === undefined ? {} : { fields }) };
}

/** The inputs as a contract has resolved them, for later schemas. */
export const understood = ({ inputs }: Contract): InputSpec[] =>
  inputs.map(({ name, columns }) => ({ name, features: columns.map(({ spec }) => spec) }));
