import type { RecordNode, SchemaNode } from '../flow/schema-node.ts';
import { append, emptyPlan, leastOf, MIN_BYTES, type DecodePlan } from './decode-plan.ts';

/**
 * A record with more steps is called as a plan of its own. Otherwise nested records would be
 * written out in full.
 */
const MAX_IN_PLACE = 16;

/**
 * Adds the steps that walk over an unneeded value. Every length and count is still checked against
 * the remaining bytes. `thorough` is for values that are carried unchanged: strings must be UTF-8,
 * and no block is jumped over.
 */
export class SkipPlan {
  readonly #thorough: boolean;
  readonly #skips = new Map<SchemaNode, DecodePlan>();
  readonly #open = new WeakSet<DecodePlan>();

  constructor(thorough = false) {
    this.#thorough = thorough;
  }

  skip(plan: DecodePlan, node: SchemaNode): void {
    switch (node.kind) {
      case 'null':
        return;
      case 'record': {
        const skip = this.#skipProgram(node);
        // A small flat record is walked in place. A recursive one is still in progress and can only
        // be called. A record without bytes adds no step, so the plan reader need not count through
        // an array of them.
        const inPlace = !this.#open.has(skip) && skip.steps.length <= MAX_IN_PLACE;
        if (inPlace) for (const step of skip.steps) append(plan, step, 0);
        else plan.steps.push({ do: 'call', plan: skip });
        plan.minBytes += skip.minBytes;
        return;
      }
      case 'enum':
        append(plan, { do: 'enum', symbols: node.symbols.length }, 1);
        return;
      case 'fixed':
        append(plan, { do: 'fixed', bytes: node.size }, node.size);
        return;
      case 'array':
      case 'map': {
        const item = this.item(node.kind === 'array' ? node.items : node.values);
        const keys = node.kind === 'map' ? 1 : 0;
        append(plan, this.#thorough ? { do: 'walk', item, keys } : { do: node.kind, item }, 1);
        return;
      }
      case 'union': {
        const branches = node.branches.map((branch) => this.item(branch));
        append(plan, { do: 'union', branches }, leastOf(branches));
        return;
      }
      case 'string':
        append(plan, { do: this.#thorough ? 'text' : 'length' }, 1);
        return;
      case 'bytes':
        append(plan, { do: 'length' }, 1);
        return;
      case 'int':
        append(plan, { do: this.#thorough ? 'int' : 'varint' }, 1);
        return;
      case 'long':
        append(plan, { do: 'varint' }, 1);
        return;
      default:
        append(plan, { do: 'fixed', bytes: MIN_BYTES[node.kind] }, MIN_BYTES[node.kind]);
    }
  }

  /** A plan that walks over one value. */
  item(node: SchemaNode): DecodePlan {
    const plan = emptyPlan();
    this.skip(plan, node);
    return plan;
  }

  #skipProgram(node: RecordNode): DecodePlan {
    const known = this.#skips.get(node);
    if (known !== undefined) return known;
    const plan = emptyPlan();
    this.#open.add(plan);
    this.#skips.set(node, plan);
    for (const field of node.fields) this.skip(plan, field.node);
    this.#open.delete(plan);
    return plan;
  }
}
