import type { Problem } from '../errors.ts';
import { branchesOf, findPath, isFound } from '../flow/path.ts';
import type { ProjectedField } from '../flow/projection.ts';
import { describeType, type SchemaNode } from '../flow/schema-node.ts';
import { notATime, timeUnits } from '../flow/time-unit.ts';
import { notFound } from '../map/contract.ts';

/** What a field is used for. */
export type FactKind = 'text' | 'amount' | 'time';

/** A field that a command reads of an event, beside what scoring needs. */
export interface FactField {
  /** Its types, each as a column: the first one that has a value counts. */
  readonly fields: readonly ProjectedField[];
  /** Factor from the values of a time to ms. */
  readonly unitMs: number;
  /** Its numbers, if it has any, are truth values. */
  readonly boolean: boolean;
}

/** The field at a path; undefined, with `problems` added, if the events have none of that use. */
export function factField(
  event: SchemaNode,
  path: string,
  kind: FactKind,
  where: string,
  problems: Problem[],
): FactField | undefined {
  const found = findPath(event, path);
  if (!isFound(found)) {
    problems.push({ ...notFound(event, path, where), code: 'INPUT_INVALID' });
    return undefined;
  }
  const { node } = found;
  const branches = branchesOf(node);
  const kinds = [
    ...(branches.some(isText) ? (['text'] as const) : []),
    ...(branches.some(isWhole) ? (['long'] as const) : []),
    ...(branches.some((branch) => isNumber(branch) && !isWhole(branch))
      ? (['number'] as const)
      : []),
  ];
  const remedy = 'Choose another field.';
  const wrong = (takes: string): void => {
    const what = `${path} is ${describeType(node)}, but ${takes}`;
    problems.push({ code: 'INPUT_INVALID', what, where, remedy });
  };
  if (kind === 'text') {
    const boolean = branches.every((branch) => branch.kind === 'boolean' || isText(branch));
    if (kinds.length > 0)
      return { fields: kinds.map((as) => ({ path, as, optional: true })), unitMs: 1, boolean };
    wrong('only a string, an enum or a number can be used here');
    return undefined;
  }
  if (!branches.some(isNumber)) wrong(`${kind === 'time' ? 'a time' : 'an amount'} is a number`);
  else if (kind === 'amount')
    return { fields: [{ path, as: 'number', optional: true }], unitMs: 1, boolean: false };
  else return timeField(node, path, wrong);
  return undefined;
}

function timeField(
  node: SchemaNode,
  path: string,
  wrong: (takes: string) => void,
): FactField | undefined {
  const strange = notATime(node);
  const [unit] = timeUnits(node);
  if (strange !== undefined) wrong(`its unit is not known: ${strange}`);
  else if (unit?.kind === 'ofDay') wrong('this is a time of the day without a date');
  else {
    const unitMs = unit?.ms ?? 1;
    return { fields: [{ path, as: 'number', unitMs, optional: true }], unitMs, boolean: false };
  }
  return undefined;
}

const isText = ({ kind, logical }: SchemaNode): boolean =>
  kind === 'string' ||
  kind === 'enum' ||
  ((kind === 'bytes' || kind === 'fixed') && logical === undefined);

const isWhole = ({ kind }: SchemaNode): boolean => kind === 'int' || kind === 'long';

const isNumber = ({ kind, scale }: SchemaNode): boolean =>
  kind === 'bytes' || kind === 'fixed'
    ? scale !== undefined
    : ['int', 'long', 'float', 'double', 'boolean'].includes(kind);
