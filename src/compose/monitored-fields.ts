import type { Settings } from '../config/settings.ts';
import type { Problem } from '../errors.ts';
import type { ProjectedField, Slots } from '../flow/projection.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { findPath, isFound, branchesOf } from '../flow/path.ts';
import type { GroupSource } from '../monitor/group-reader.ts';
import { factField, type FactField } from './fact-fields.ts';
import { KEY } from './label-join.ts';
import { joinOf } from './label-settings.ts';

/** What the monitors read of an event, beside what scoring needs. */
export interface MonitoredFields {
  /** The fields of `fairness.by`, in their order. */
  readonly groups: readonly FactField[];
  /** The id that labels join by; undefined: it is the key of the record, or there are no labels. */
  readonly id: FactField | undefined;
}

/** The same, in the columns of a plan. */
export interface MonitoredSlots {
  readonly groups: readonly GroupSource[];
  readonly id: GroupSource | undefined;
}

/** The fields that the monitors read; undefined, with `problems` added, if the events lack one. */
export function monitoredFields(
  { fairness, labels }: Pick<Settings, 'fairness' | 'labels'>,
  readers: ReadonlyMap<string, SchemaNode>,
  problems: Problem[],
): MonitoredFields | undefined {
  const before = problems.length;
  const all = [...readers.values()].map((event): MonitoredFields => {
    const own: Problem[] = [];
    const groups = (fairness?.by ?? []).flatMap((by, i) => {
      const where = `fairness.by[${i}]`;
      const found =
        typeof by === 'string'
          ? groupField(event, by, where, own)
          : factField(event, by.field, 'amount', where, own);
      return found === undefined ? [] : [found];
    });
    const path = labels && joinOf(labels).event;
    const id =
      path === undefined || path === KEY ? undefined : textField(event, path, 'labels.id', own);
    problems.push(...own.map(asContract));
    return { groups, id };
  });
  if (problems.length > before) return undefined;
  const [first, ...others] = all;
  if (others.every((other) => JSON.stringify(other) === JSON.stringify(first))) return first;
  problems.push({
    code: 'CONTRACT_TYPE',
    what: 'a field that a monitor reads has different types in the input topics',
    where: 'input.topics',
    remedy: 'Run a separate service for each of these topics.',
  });
  return undefined;
}

const asContract = (problem: Problem): Problem =>
  problem.code === 'INPUT_INVALID' ? { ...problem, code: 'CONTRACT_FIELD' } : problem;

/** Its strings stay where they are in the records: nobody needs them as strings of JavaScript. */
function textField(
  event: SchemaNode,
  path: string,
  where: string,
  problems: Problem[],
): FactField | undefined {
  const field = factField(event, path, 'text', where, problems);
  const found = findPath(event, path);
  if (field === undefined || !isFound(found)) return undefined;
  if (branchesOf(found.node).some(({ kind }) => kind === 'bytes' || kind === 'fixed')) return field;
  const fields = field.fields.map((one) =>
    one.as === 'text' ? { ...one, as: 'utf8' as const } : one,
  );
  return { ...field, fields };
}

/** A field whose values are groups. Nearly every number with a fraction would be a group of its own. */
function groupField(
  event: SchemaNode,
  path: string,
  where: string,
  problems: Problem[],
): FactField | undefined {
  const field = textField(event, path, where, problems);
  const found = findPath(event, path);
  if (field === undefined || !isFound(found)) return undefined;
  const fraction = branchesOf(found.node).find(
    ({ kind, scale }) => kind === 'float' || kind === 'double' || scale !== undefined,
  );
  if (fraction === undefined) return field;
  problems.push({
    code: 'CONTRACT_TYPE',
    what: `${path} has numbers with fractions, so its values are not groups`,
    where,
    remedy: `Give ranges: { field: ${path}, bounds: [18, 30, 65] }.`,
  });
  return undefined;
}

/** All of them as one list, for a projection. */
export const projectedOf = ({ groups, id }: MonitoredFields): readonly ProjectedField[] => [
  ...groups.flatMap(({ fields }) => fields),
  ...(id?.fields ?? []),
];

/** Their places, by the columns of that list. */
export function monitoredSlots({ groups, id }: MonitoredFields, slots: Slots): MonitoredSlots {
  let next = 0;
  const take = ({ fields, boolean }: FactField): GroupSource => {
    const own = slots.slice(next, next + fields.length);
    next += fields.length;
    return { slots: own, boolean };
  };
  return { groups: groups.map(take), id: id && take(id) };
}
