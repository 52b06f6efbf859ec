import type { Needs } from '../flow/events.ts';
import { parsePath, type PathStep } from '../flow/path.ts';

/**
 * What is wanted of the value at one place of the schema: columns of it, whether it is carried, and
 * what is below it.
 */
export interface Want {
  fields: number[];
  carries: number[];
  children: Map<PathStep, Want>;
}

/** All needs as one tree; fields and carried fields are named by their slots. */
export function wantOf(fields: Needs['fields'], carry: readonly { readonly path: string }[]): Want {
  const root: Want = { fields: [], carries: [], children: new Map() };
  fields.forEach((need, slot) => at(root, need.path).fields.push(slot));
  carry.forEach(({ path }, slot) => at(root, path).carries.push(slot));
  return root;
}

export function isEmpty({ fields, carries, children }: Want): boolean {
  return fields.length === 0 && carries.length === 0 && children.size === 0;
}

/** Of two names for one place: what either wants. */
export function both(one: Want, other: Want): Want {
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
export function slotsOf({ fields, children }: Want): number[] {
  return [...fields, ...[...children.values()].flatMap(slotsOf)];
}

/** The same of carried fields. */
export function carriesOf({ carries, children }: Want): number[] {
  return [...carries, ...[...children.values()].flatMap(carriesOf)];
}

function at(root: Want, path: string): Want {
  const steps = parsePath(path);
  if (steps === undefined) throw new TypeError(`${path} is no path`);
  let want = root;
  for (const step of steps) {
    let next = want.children.get(step);
    if (next === undefined)
      want.children.set(step, (next = { fields: [], carries: [], children: new Map() }));
    want = next;
  }
  return want;
}
