import type { EventField, Typed } from '../cel/typed.ts';
import { SAFE } from '../columns/vector.ts';
import { ERROR, type TextBits } from './text-bits.ts';

/** What gives a sift the names of what it reads. */
export interface Names {
  readonly number: (slot: number) => string;
  readonly texts: (slot: number) => TextBits;
  /** Of what the columns evaluate. */
  readonly known: (node: Typed) => string;
}

/**
 * The code of the conditions of segments, as 0 or 1, without a branch. It knows comparisons of fields
 * with constants, and what joins them. Everything else is evaluated by the columns.
 */
export class SegmentFlags {
  readonly #fields: readonly EventField[];
  readonly #names: Names;
  /** Code that is not 0 where the flags of a row mean nothing, because a field has an error. */
  readonly #odd = new Set<string>();

  constructor(fields: readonly EventField[], names: Names) {
    this.#fields = fields;
    this.#names = names;
  }

  get odd(): readonly string[] {
    return [...this.#odd];
  }

  of(node: Typed): string {
    return this.#isCode(node) ? this.#code(node) : this.#names.known(node);
  }

  #isCode(node: Typed): boolean {
    switch (node.is) {
      case 'and':
      case 'or':
        return this.#isCode(node.a) && this.#isCode(node.b);
      case 'not':
        return this.#isCode(node.a);
      case 'among':
        return isTextField(node.a) && node.values.length <= MAX_VALUES;
      case 'compare': {
        const [side, other] = node.a.is === 'constant' ? [node.b, node.a] : [node.a, node.b];
        if (other.is !== 'constant' || side.is !== 'field') return false;
        const { value } = other;
        const isEqual = node.by === '==' || node.by === '!=';
        if (side.type === 'string') return isEqual && (typeof value === 'string' || value === null);
        return !this.#fields[side.slot]!.nullable && isNumber(side) && isExact(value);
      }
      default:
        return false;
    }
  }

  #code(node: Typed): string {
    switch (node.is) {
      case 'and':
        return `(${this.#code(node.a)} & ${this.#code(node.b)})`;
      case 'or':
        return `(${this.#code(node.a)} | ${this.#code(node.b)})`;
      case 'not':
        return `(1 ^ ${this.#code(node.a)})`;
      case 'among':
        return this.#text(node.a, node.values as readonly (string | null)[], true);
      case 'compare': {
        const [side, other] = node.a.is === 'constant' ? [node.b, node.a] : [node.a, node.b];
        const { value } = other as Typed & { readonly is: 'constant' };
        const isEqual = node.by === '==' || node.by === '!=';
        if (side.type === 'string')
          return this.#text(side, [value as string | null], node.by === '==');
        const { slot } = side as Typed & { readonly is: 'field' };
        const [number, limit] = [this.#names.number(slot), `(${String(Number(value))})`];
        this.#odd.add(`s${slot}`);
        const by = isEqual ? `${node.by}=` : node.by;
        return side === node.a ? `+(${number} ${by} ${limit})` : `+(${limit} ${by} ${number})`;
      }
      default:
        throw new TypeError(`there is no code for ${node.is}`);
    }
  }

  #text(side: Typed, values: readonly (string | null)[], holds: boolean): string {
    const { slot } = side as Typed & { readonly is: 'field' };
    const bit = this.#names.texts(slot).addTest(values, holds);
    this.#odd.add(`(b${slot} & ${ERROR})`);
    return `(b${slot} >>> ${bit} & 1)`;
  }
}

/** A longer list is a table of its own. */
const MAX_VALUES = 1000;

const isTextField = (node: Typed): boolean => node.is === 'field' && node.type === 'string';
const isNumber = ({ type }: Typed): boolean => type === 'int' || type === 'double';

/** A double that is rounded compares with such a number as the exact one does. */
const isExact = (value: unknown): boolean =>
  typeof value === 'number' ||
  (typeof value === 'bigint' && value <= BigInt(SAFE) && value >= -BigInt(SAFE));
