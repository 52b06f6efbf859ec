import type { Shape } from '../flow/shape.ts';
import { CarryPlanner, type Plan } from './carry-plan.ts';
import { Resolver } from './resolve.ts';

/** Whether each value of the writer's type resolves to one of the reader's. */
export function readsAll(writer: Shape, reader: Shape): boolean {
  const seen = new Set<Plan>([new CarryPlanner(new Resolver()).plan(writer, reader)]);
  for (const plan of seen) {
    const inner = whole(plan);
    if (inner === undefined) return false;
    for (const one of inner) seen.add(one);
  }
  return true;
}

/** The plans inside; undefined where some value has no way through this one. */
function whole(plan: Plan): readonly Plan[] | undefined {
  switch (plan.do) {
    case 'never':
      return undefined;
    case 'sized':
      return plan.text && !plan.same ? undefined : []; // bytes need be no text
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
