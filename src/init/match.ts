import type { FeatureSpec, InputSignature } from '../flow/features.ts';
import {
  allowsNull,
  fieldPaths,
  findField,
  withoutNull,
  type Found,
  type SchemaNode,
} from '../flow/schema-node.ts';
import type { TensorType } from '../flow/tensors.ts';
import { timeUnits } from '../flow/time-unit.ts';
import { nearest } from '../runtime/nearest.ts';

/**
 * How one column of the model is drafted: from which field, how certain this is, and what a person
 * should check.
 */
export interface DraftColumn {
  /** The name of the column in the model or its metadata; undefined if it has none. */
  readonly wanted: string | undefined;
  /** Path of the field; undefined if no field fits. */
  readonly field: string | undefined;
  readonly categories?: readonly string[];
  /** The column is an array of this many elements, one column each. */
  readonly vector?: number;
  /** The same for arrays of arrays. */
  readonly matrix?: readonly number[];
  /** The value for null, as in model.yaml. */
  readonly missing?: number;
  /** The uncertain points, in a few words each. */
  readonly notes: readonly string[];
  /** Whether a person has to act before this can score, or has to confirm a guess. */
  readonly todo: boolean;
}

export interface DraftInput {
  readonly name: string;
  readonly columns: readonly DraftColumn[];
  /** What a person has to do about all columns together. */
  readonly todo?: string;
}

/** The problems that `check` would report for a field as a column of this type. */
export type CheckField = (
  feature: FeatureSpec,
  found: Found,
  tensor: TensorType,
) => readonly { readonly what: string; readonly remedy?: string }[];

/** What is needed to match the fields of an event. */
export interface Target {
  readonly event: SchemaNode;
  readonly check: CheckField;
  /** The model consists of trees, which take NaN for a missing value. */
  readonly nanIsMissing?: boolean;
}

const NUMBERS: ReadonlySet<string> = new Set(['int', 'long', 'float', 'double', 'boolean']);

/**
 * Matches the inputs of a model with the fields of an event by name, best match first: the same
 * path; the same without case and punctuation; the same last segment, if only one field has it;
 * then the most similar spelling among the fields with a fitting type. Columns of a matrix have
 * names only if the model contains them (`names`). Otherwise the number fields of the event are
 * taken in their order, which is a guess even if their number is right.
 */
export function matchInputs(
  inputs: readonly InputSignature[],
  target: Target,
  names: readonly string[] | undefined,
): DraftInput[] {
  const paths = fieldPaths(target.event).filter((path) => kindOf(target.event, path) !== undefined);
  const drafted = inputs.map((input) => {
    const single = input.columns === 1 ? [input.name] : undefined;
    const known =
      single ?? (names?.length === input.columns || input.columns === null ? names : undefined);
    if (known === undefined) return guessed(input, target, paths);
    return { name: input.name, columns: known.map((name) => column(name, input, target, paths)) };
  });
  return withTwinsNoted(drafted);
}

/** A field that matches two columns is right for at most one of them. */
function withTwinsNoted(inputs: readonly DraftInput[]): DraftInput[] {
  const wanting = new Map<string, string[]>();
  for (const { field, wanted } of inputs.flatMap(({ columns }) => columns)) {
    if (field !== undefined && wanted !== undefined)
      wanting.set(field, [...(wanting.get(field) ?? []), wanted]);
  }
  const noted = (each: DraftColumn): DraftColumn => {
    const others = (wanting.get(each.field ?? '') ?? []).filter((name) => name !== each.wanted);
    if (each.wanted === undefined || others.length === 0) return each;
    return {
      ...each,
      notes: [`also used for ${others.join(', ')}`, ...each.notes],
      todo: true,
    };
  };
  return inputs.map((input) => ({ ...input, columns: input.columns.map(noted) }));
}

function column(
  wanted: string,
  input: InputSignature,
  target: Target,
  paths: readonly string[],
): DraftColumn {
  const fitting = paths.filter((path) => problemsOf(path, input, target).length === 0);
  const found = match(wanted, paths, fitting);
  if (found === undefined) {
    return { wanted, field: undefined, notes: [`the event has no field ${wanted}`], todo: true };
  }
  if ('candidates' in found) return several(wanted, found.candidates, input, target);
  const drafted = featureOf(found.path, input, target);
  if (found.sure) return { ...drafted, wanted };
  return {
    ...drafted,
    wanted,
    notes: [`used for ${wanted}: is it the same?`, ...drafted.notes],
    todo: true,
  };
}

/**
 * For an envelope (such as Debezium's) the state after the change is drafted. For other fields with
 * the same name none is. All are listed.
 */
function several(
  wanted: string,
  candidates: readonly string[],
  input: InputSignature,
  target: Target,
): DraftColumn {
  const note = `${candidates.join(', ')} have the name ${wanted}: which one is meant?`;
  const after = candidates.filter((path) => path.startsWith('after.'));
  const twins = candidates.every((path) => /^(before|after)\./.test(path));
  if (after.length !== 1 || !twins) return { wanted, field: undefined, notes: [note], todo: true };
  const drafted = featureOf(after[0]!, input, target);
  return { ...drafted, wanted, notes: [note, ...drafted.notes], todo: true };
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');
const lastOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

function match(
  wanted: string,
  paths: readonly string[],
  fitting: readonly string[],
): { path: string; sure: boolean } | { candidates: readonly string[] } | undefined {
  if (paths.includes(wanted)) return { path: wanted, sure: true };
  for (const name of [(path: string) => plain(path), (path: string) => plain(lastOf(path))]) {
    const same = paths.filter((path) => name(path) === plain(wanted));
    if (same.length === 1) return { path: same[0]!, sure: true };
    if (same.length > 1) return { candidates: same };
  }
  const like = nearest(plain(wanted), fitting.map(plain));
  const path = fitting.find((candidate) => plain(candidate) === like);
  return path === undefined ? undefined : { path, sure: false };
}

/** The fields of the event with the type of the input, for a matrix whose columns have no names. */
function guessed(input: InputSignature, target: Target, paths: readonly string[]): DraftInput {
  const kind = input.type === 'string' ? 'text' : 'number';
  const fields = paths.filter(
    (path) => kindOf(target.event, path) === kind && problemsOf(path, input, target).length === 0,
  );
  const window = windowOf(input, target, fields.length);
  if (window !== undefined) return window;
  const columns = fields.map((path) => ({ ...featureOf(path, input, target), wanted: undefined }));
  const todo =
    input.columns === null || fields.length === input.columns
      ? `the model does not name its ${fields.length} columns: put the fields into the order of the training`
      : `the model has ${input.columns} columns without names, and the event has ${fields.length} ${kind} fields: choose the fields and order them`;
  return { name: input.name, columns, todo };
}

/**
 * A matrix from an array of numbers: an array with its name, or the only array, if the number of
 * number fields does not match its columns.
 */
function windowOf(input: InputSignature, target: Target, numbers: number): DraftInput | undefined {
  if (input.columns === null || input.columns === 1 || input.type === 'string') return undefined;
  const inner = (input.inner ?? []).filter((size) => size !== null && size !== 1) as number[];
  const size = inner.length > 1 ? { matrix: inner } : { vector: input.columns };
  const arrays = fieldPaths(target.event).filter((path) => {
    const spec = { field: path, transforms: [], ...size };
    return target.check(spec, findField(target.event, path)!, input.type).length === 0;
  });
  const named = arrays.filter((path) => plain(lastOf(path)) === plain(input.name));
  const field =
    named.length === 1
      ? named[0]
      : arrays.length === 1 && numbers !== input.columns
        ? arrays[0]
        : undefined;
  if (field === undefined) return undefined;
  const notes = [
    `must have exactly ${inner.length > 1 ? inner.join(' × ') : input.columns} elements, in the order of the training`,
  ];
  if (findField(target.event, field)!.nullable) notes.push(MAY_BE_NULL);
  const column = { wanted: undefined, field, ...size, notes, todo: named.length !== 1 };
  return { name: input.name, columns: [column] };
}

const MAY_BE_NULL = 'may be null: the event then becomes a dead letter, unless you add missing';

/** A field as it is written: for an enum, the order of its symbols defines their numbers. */
function specOf(path: string, { type }: InputSignature, { event }: Target): FeatureSpec {
  const inner = withoutNull(findField(event, path)!.node);
  const categories =
    type !== 'string' && inner.kind === 'enum' ? { categories: inner.symbols } : {};
  return { field: path, transforms: [], ...categories };
}

function problemsOf(path: string, input: InputSignature, target: Target): ReturnType<CheckField> {
  return target.check(specOf(path, input, target), findField(target.event, path)!, input.type);
}

function featureOf(
  path: string,
  input: InputSignature,
  target: Target,
): Omit<DraftColumn, 'wanted'> {
  const { categories } = specOf(path, input, target);
  const problems = problemsOf(path, input, target);
  const { node, nullable } = findField(target.event, path)!;
  const notes = problems.map(({ what, remedy }) =>
    remedy === undefined ? what : `${what}. ${remedy}`,
  );
  if (categories !== undefined) notes.push('put the categories into the order of the training');
  if (timeUnits(withoutNull(node)).some(({ kind }) => kind === 'instant' || kind === 'local'))
    notes.push('a time: use it as a number, or take a part of it (part: hourOfDay …)');
  const nan =
    nullable &&
    target.nanIsMissing === true &&
    categories === undefined &&
    input.type.startsWith('float');
  if (nan)
    notes.push(
      'null becomes NaN, the missing value of tree models: correct if the model was trained with NaN for missing values',
    );
  else if (nullable) notes.push(MAY_BE_NULL);
  const todo = problems.length > 0 || categories !== undefined;
  return {
    field: path,
    notes,
    todo,
    ...(categories === undefined ? {} : { categories: categories.map(String) }),
    ...(nan ? { missing: NaN } : {}),
  };
}

/**
 * What a field can be for a model: a number, a string, or nothing by itself (records, arrays,
 * maps).
 */
function kindOf(event: SchemaNode, path: string): 'number' | 'text' | undefined {
  const node = withoutNull(findField(event, path)!.node);
  if (NUMBERS.has(node.kind) || node.logical === 'decimal') return 'number';
  return node.kind === 'string' || node.kind === 'enum' ? 'text' : undefined;
}

/** Fields that look like ids of an event. They are carried into the score records. */
export function identifiers(event: SchemaNode): string[] {
  return fieldPaths(event).filter((path) => {
    const { node } = findField(event, path)!;
    return (
      !path.includes('.') &&
      !allowsNull(node) &&
      node.kind === 'string' &&
      /(^id|_id|Id|ID)$/.test(path)
    );
  });
}
