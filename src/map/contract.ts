import { nearest } from '../runtime/nearest.ts';
import type { Problem } from '../errors.ts';
import type { FieldNeed } from '../flow/events.ts';
import type { FeatureSpec, InputSignature, InputSpec } from '../flow/features.ts';
import { describeShape, fieldPaths, findField, withoutNull, type Found, type Shape } from '../flow/shape.ts';
import type { TensorType } from '../flow/tensors.ts';

/**
 * The agreement between the event's schema, model.yaml and the model's signature, checked as a whole before the first
 * event: which column of which tensor is made of which field, and how.
 */
export interface Contract {
  /** Each path once; columns refer to it by index. */
  readonly fields: readonly FieldNeed[];
  readonly inputs: readonly ContractInput[];
}

export interface ContractInput {
  readonly name: string;
  readonly type: TensorType;
  readonly flat: boolean;
  readonly columns: readonly ContractColumn[];
}

export interface ContractColumn {
  readonly spec: FeatureSpec;
  /** Index into `Contract.fields`. */
  readonly slot: number;
  /** The field's type, for people. */
  readonly type: string;
  readonly nullable: boolean;
  /** Milliseconds per unit of the field, where a part of a time is taken. */
  readonly unitMs: number;
}

export type ContractResult = { readonly contract: Contract } | { readonly problems: readonly Problem[] };

/** Checks everything at once; every problem names its column in model.yaml and the way out. */
export function makeContract(
  event: Shape,
  specs: readonly InputSpec[],
  signature: readonly InputSignature[],
  where: string,
): ContractResult {
  const problems: Problem[] = [...checkNames(specs, signature, where)];
  const needs = new Needed();
  const inputs: ContractInput[] = [];
  for (const spec of specs) {
    const declared = signature.find((input) => input.name === spec.name);
    if (declared === undefined) continue;
    problems.push(...checkCount(spec, declared, where));
    const columns = spec.features.map((feature, i) => {
      const place = `${where} inputs.${spec.name}[${i}]`;
      const found = findField(event, feature.field);
      if (found === undefined) {
        problems.push(notFound(event, feature.field, place));
        return undefined;
      }
      for (const problem of [checkType(feature, found, declared.type), checkMissing(feature, declared.type)]) {
        if (problem !== undefined) problems.push({ code: 'CONTRACT_TYPE', where: place, ...problem });
      }
      return column(feature, found, declared.type, needs);
    });
    inputs.push({ ...declared, columns: columns.filter((entry) => entry !== undefined) });
  }
  problems.push(...needs.conflicts(where));
  return problems.length > 0 ? { problems } : { contract: { fields: needs.fields, inputs } };
}

/** The problem of a path that the event does not have, with the nearest one it has. */
export function notFound(event: Shape, path: string, where: string): Problem {
  const near = nearest(path, fieldPaths(event));
  const what = `the event has no field ${path}`;
  return near === undefined
    ? { code: 'CONTRACT_FIELD', what, where }
    : { code: 'CONTRACT_FIELD', what, where, remedy: `Did you mean ${near}?` };
}

function checkNames(specs: readonly InputSpec[], signature: readonly InputSignature[], where: string): Problem[] {
  const names = signature.map((input) => input.name);
  const unknown = specs
    .filter((spec) => !names.includes(spec.name))
    .map((spec): Problem => {
      const near = nearest(spec.name, names) ?? names.join(', ');
      return {
        code: 'MODEL_INPUT',
        what: `the model has no input ${spec.name}`,
        where: `${where} inputs.${spec.name}`,
        remedy: `Did you mean ${near}?`,
      };
    });
  const unfed = signature
    .filter((input) => !specs.some((spec) => spec.name === input.name))
    .map((input): Problem => ({
      code: 'MODEL_INPUT',
      what: `nothing feeds the model's input ${input.name} (${input.type}[N,${input.columns ?? '?'}])`,
      where: `${where} inputs`,
      remedy: `Add inputs.${input.name} with its columns.`,
    }));
  return [...unknown, ...unfed];
}

function checkCount(spec: InputSpec, declared: InputSignature, where: string): Problem[] {
  const count = spec.features.length;
  if (declared.columns === null ? count > 0 : count === declared.columns) return [];
  const takes = declared.columns === null ? 'at least 1' : String(declared.columns);
  return [
    {
      code: 'MODEL_INPUT',
      what: `model.yaml lists ${count} columns for ${spec.name}, the model takes ${takes}`,
      where: `${where} inputs.${spec.name}`,
      remedy: `List exactly ${takes} columns, in the order the model was trained with.`,
    },
  ];
}

type TypeProblem = Pick<Problem, 'what' | 'remedy'>;

/** Whether one field can become one column of a tensor type. */
function checkType(feature: FeatureSpec, found: Found, tensor: TensorType): TypeProblem | undefined {
  const type = describeShape(found.shape);
  const wrong = (takes: string, remedy: string): TypeProblem => ({
    what: `${feature.field} is ${type}, ${takes}`,
    remedy,
  });
  if (feature.part !== undefined) {
    if (isNumeric(found.shape, false)) return undefined;
    return wrong(`part: ${feature.part} takes a time`, 'Use a timestamp or a long in milliseconds.');
  }
  if (feature.categories !== undefined) {
    if (tensor === 'string') return wrong('and a string tensor takes no categories', 'Leave categories out.');
    const texts = feature.categories.every((entry) => typeof entry === 'string');
    if (texts ? isText(found.shape) : isNumeric(found.shape, false)) return undefined;
    return wrong(`its categories are ${texts ? 'texts' : 'numbers'}`, 'List the categories in the type of the field.');
  }
  if (tensor === 'string') {
    return isText(found.shape) ? undefined : wrong('the model takes a string', 'Choose a string or enum field.');
  }
  const whole = tensor === 'int32' || tensor === 'int64' || tensor === 'bool';
  if (isNumeric(found.shape, whole && feature.transforms.length === 0)) return undefined;
  return wrong(
    `the model takes ${tensor}`,
    isText(found.shape) ? 'Add categories: [..] to turn text into an index.' : 'Choose a field of a number type.',
  );
}

/** Whether `missing` can stand in a column of the tensor: a number, or one of the categories, or any text. */
function checkMissing({ field, missing, categories }: FeatureSpec, tensor: TensorType): TypeProblem | undefined {
  if (missing === undefined || tensor === 'string' || categories?.includes(missing) === true) return undefined;
  if (typeof missing === 'string') {
    const among = categories === undefined ? '' : ', and the text is none of its categories';
    return { what: `missing of ${field} must be a number${among}`, remedy: 'Set missing to a number.' };
  }
  const whole = tensor === 'int32' || tensor === 'int64' || tensor === 'bool';
  if (!whole || Number.isFinite(missing)) return undefined;
  return { what: `missing of ${field} is not finite, the model takes ${tensor}`, remedy: 'Set missing to a number.' };
}

const NUMERIC = new Set(['int', 'long', 'float', 'double', 'boolean']);
const WHOLE = new Set(['int', 'long', 'boolean']);

/** A union counts when one of its branches does: the other branches are dead letters when they come. */
function isNumeric(shape: Shape, whole: boolean): boolean {
  if (shape.kind === 'union') return shape.branches.some((branch) => isNumeric(branch, whole));
  return (whole ? WHOLE : NUMERIC).has(shape.kind);
}

function isText(shape: Shape): boolean {
  if (shape.kind === 'union') return shape.branches.some(isText);
  return shape.kind === 'string' || shape.kind === 'enum';
}

function column(spec: FeatureSpec, found: Found, tensor: TensorType, needs: Needed): ContractColumn {
  const asText = tensor === 'string' || (spec.categories?.every((entry) => typeof entry === 'string') ?? false);
  return {
    spec,
    slot: needs.slot({ path: spec.field, as: asText ? 'text' : 'number', optional: spec.missing !== undefined }),
    type: describeShape(found.shape),
    nullable: found.nullable,
    unitMs: unitMs(found.shape),
  };
}

function unitMs(shape: Shape): number {
  const logical = withoutNull(shape).logical ?? '';
  if (logical.endsWith('-micros')) return 1e-3;
  if (logical.endsWith('-nanos')) return 1e-6;
  return logical === 'date' ? 86_400_000 : 1;
}

/** The fields that are needed, each path once: required if any of its columns requires it. */
class Needed {
  readonly fields: FieldNeed[] = [];
  readonly #conflicts = new Set<string>();

  slot(need: FieldNeed): number {
    const slot = this.fields.findIndex((field) => field.path === need.path);
    if (slot === -1) return this.fields.push(need) - 1;
    const known = this.fields[slot]!;
    if (known.as !== need.as) this.#conflicts.add(need.path);
    this.fields[slot] = { ...known, optional: known.optional && need.optional };
    return slot;
  }

  conflicts(where: string): Problem[] {
    return [...this.#conflicts].map((path) => ({
      code: 'CONTRACT_TYPE',
      what: `${path} is taken as a number by one column and as text by another`,
      where: `${where} inputs`,
      remedy: 'Take it the same way in all columns.',
    }));
  }
}
