import type { View } from '../flow/projection.ts';
import { indexOf, parsePath, type PathStep } from '../flow/path.ts';

/**
 * What is needed of the value at one place of the schema: columns, whether it is carried, and the
 * places below it.
 */
export interface ProjectionTree {
  fields: number[];
  carries: number[];
  children: Map<PathStep, ProjectionTree>;
}

/**
 * Everything that a view needs, as one tree. Fields and carried fields are named by their slots.
 */
export function projectionTree(
  fields: View,
  carry: readonly { readonly path: string }[],
): ProjectionTree {
  const root: ProjectionTree = { fields: [], carries: [], children: new Map() };
  for (const [slot, { path }] of fields) at(root, path).fields.push(slot);
  carry.forEach(({ path }, slot) => at(root, path).carries.push(slot));
  return root;
}

export function isEmpty({ fields, carries, children }: ProjectionTree): boolean {
  return fields.length === 0 && carries.length === 0 && children.size === 0;
}

/** Two names for one place: everything that either needs. */
export function both(one: ProjectionTree, other: ProjectionTree): ProjectionTree {
  const children = new Map(one.children);
  for (const [step, child] of other.children) {
    const mine = children.get(step);
    children.set(step, mine === undefined ? child : both(mine, child));
  }
  return {
    fields: [...one.fields, ...other.fields],
    carries: [...one.carries, ...other.carries],
    children,
  };
}

/** The columns of a place and of everything below it. */
export function slotsOf({ fields, children }: ProjectionTree): number[] {
  return [...fields, ...[...children.values()].flatMap(slotsOf)];
}

/** The same for carried fields. */
export function carriesOf({ carries, children }: ProjectionTree): number[] {
  return [...carries, ...[...children.values()].flatMap(carriesOf)];
}

/** What is needed of the elements of an array, in the order of their index. */
export function byIndex({ children }: ProjectionTree): [number, ProjectionTree[]][] {
  const found = new Map<number, ProjectionTree[]>();
  for (const [step, child] of children) {
    const index = indexOf(step);
    if (index !== undefined) found.set(index, [...(found.get(index) ?? []), child]);
  }
  return [...found].toSorted(([a], [b]) => a - b);
}

function at(root: ProjectionTree, path: string): ProjectionTree {
  const steps = parsePath(path);
  if (steps === undefined) throw new TypeError(`${path} is not a valid path`);
  let projected = root;
  for (const step of steps) {
    let next = projected.children.get(step);
    if (next === undefined)
      projected.children.set(step, (next = { fields: [], carries: [], children: new Map() }));
    projected = next;
  }
  return projected;
}
