import type { SchemaNode } from '../flow/schema-node.ts';
import { CarryPlanner, type Plan } from './carry-plan.ts';
import { Resolver } from './resolve.ts';

/** Whether each value of the writer's type resolves to one of the reader's. */
export const readsAll = (writer: SchemaNode, reader: SchemaNode): boolean =>
  each(writer, reader, false);

/**
 * Whether each value stays the same: no number is rounded, no symbol becomes the default of the
 * enum, and no bytes become a string or a string bytes.
 */
export const holdsAll = (writer: SchemaNode, reader: SchemaNode): boolean =>
  each(writer, reader, true);

function each(writer: SchemaNode, reader: SchemaNode, exactly: boolean): boolean {
  const seen = new Set<Plan>([new CarryPlanner(new Resolver()).plan(writer, reader)]);
  for (const plan of seen) {
    const inner = exactly && changes(plan) ? undefined : whole(plan);
    if (inner === undefined) return false;
    for (const one of inner) seen.add(one);
  }
  return true;
}

function changes(plan: Plan): boolean {
  switch (plan.do) {
    case 'promote':
      return plan.from === 'long' || (plan.from === 'int' && plan.to === 'float');
    case 'time':
      return plan.factor < 1;
    case 'sized':
      return !plan.same;
    case 'enum':
      return !plan.known;
    default:
      return false;
  }
}

/** The plans inside. Undefined if the plan rejects some value. */
function whole(plan: Plan): readonly Plan[] | undefined {
  switch (plan.do) {
    case 'never':
      return undefined;
    case 'sized':
      return plan.text && !plan.same ? undefined : []; // bytes need not be UTF-8
    case 'enum':
      return plan.symbols.includes(-1) ? undefined : [];
    case 'array':
    case 'map':
      return [plan.item];
    case 'union':
      return plan.branches;
    case 'branch':
      return [plan.value];
    case 'record':
      return plan.parts.flatMap((part) => ('plan' in part ? [part.plan] : []));
    default:
      return [];
  }
}
