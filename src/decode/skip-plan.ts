import type { RecordNode, SchemaNode } from '../flow/schema-node.ts';
import { append, emptyPlan, leastOf, MIN_BYTES, type DecodePlan } from './decode-plan.ts';

/** Longer records are called, or records of records of records would be written out in full. */
const MAX_IN_PLACE = 16;

/**
 * Adds the steps that walk over a value nobody needs, still checking every length and count against
 * the bytes left. `thorough` is for what is carried on as it is: texts have to be UTF-8, and no
 * block is jumped over.
 */
export class SkipPlan {
  readonly #thorough: boolean;
  readonly #skips = new Map<SchemaNode, DecodePlan>();
  readonly #open = new WeakSet<DecodePlan>();

  constructor(thorough = false) {
    this.#thorough = thorough;
  }

  skip(program: DecodePlan, shape: SchemaNode): void {
    switch (shape.kind) {
      case 'null':
        return;
      case 'record': {
        const skip = this.#skipProgram(shape);
        // A small flat record is walked in place; a recursive one is still being made and can only
        // be called. One without bytes leaves no step at all, which tells the walker not to count
        // through an array of them.
        const inPlace = !this.#open.has(skip) && skip.steps.length <= MAX_IN_PLACE;
        if (inPlace) for (const step of skip.steps) append(program, step, 0);
        else program.steps.push({ do: 'call', program: skip });
        program.minBytes += skip.minBytes;
        return;
      }
      case 'enum':
        append(program, { do: 'enum', symbols: shape.symbols.length }, 1);
        return;
      case 'fixed':
        append(program, { do: 'fixed', bytes: shape.size }, shape.size);
        return;
      case 'array':
      case 'map': {
        const item = this.item(shape.kind === 'array' ? shape.items : shape.values);
        const keys = shape.kind === 'map' ? 1 : 0;
        append(program, this.#thorough ? { do: 'walk', item, keys } : { do: shape.kind, item }, 1);
        return;
      }
      case 'union': {
        const branches = shape.branches.map((branch) => this.item(branch));
        append(program, { do: 'union', branches }, leastOf(branches));
        return;
      }
      case 'string':
        append(program, { do: this.#thorough ? 'text' : 'length' }, 1);
        return;
      case 'bytes':
        append(program, { do: 'length' }, 1);
        return;
      case 'int':
        append(program, { do: this.#thorough ? 'int' : 'varint' }, 1);
        return;
      case 'long':
        append(program, { do: 'varint' }, 1);
        return;
      default:
        append(program, { do: 'fixed', bytes: MIN_BYTES[shape.kind] }, MIN_BYTES[shape.kind]);
    }
  }

  /** A program that walks over one value. */
  item(shape: SchemaNode): DecodePlan {
    const program = emptyPlan();
    this.skip(program, shape);
    return program;
  }

  #skipProgram(shape: RecordNode): DecodePlan {
    const known = this.#skips.get(shape);
    if (known !== undefined) return known;
    const program = emptyPlan();
    this.#open.add(program);
    this.#skips.set(shape, program);
    for (const field of shape.fields) this.skip(program, field.shape);
    this.#open.delete(program);
    return program;
  }
}
