import { anyText } from './texts.ts';
import fc, { type Arbitrary, type GeneratorValue } from 'fast-check';

export type Schema = string | Schema[] | RecordSchema | Definition;
export type Definition = { readonly type: string } & Readonly<Record<string, unknown>>;
export interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly fields: Field[];
}
export interface Field {
  name: string;
  type: Schema;
  default?: unknown;
  aliases?: string[];
}

/**
 * Draws Avro schemas and values of them; unions come wrapped (`{ int: 3 }`), as avsc wants them
 * with `wrapUnions`.
 */
export class RandomAvro {
  readonly #g: GeneratorValue;
  readonly #named = new Map<string, Schema>();

  readonly #unions: 'any' | 'nullable';

  /**
   * `unions: 'nullable'` for comparisons of versions: avsc's resolver moves a value of a wider
   * union to its first fit.
   */
  constructor(g: GeneratorValue, unions: 'any' | 'nullable' = 'any') {
    this.#g = g;
    this.#unions = unions;
  }

  record(depth = 2, most = 5): RecordSchema {
    const schema: RecordSchema = { type: 'record', name: this.#name('R'), fields: [] };
    this.#named.set(schema.name, schema);
    const count = this.int(1, most);
    for (let i = 0; i < count; i++) schema.fields.push({ name: `f${i}`, type: this.type(depth) });
    if (this.chance(0.2)) schema.fields.push({ name: 'again', type: ['null', schema.name] });
    if (this.chance(0.1))
      schema.fields.push({ name: 'more', type: { type: 'array', items: schema.name } });
    return schema;
  }

  type(depth: number): Schema {
    if (depth <= 0) return this.#noUnion(depth);
    return this.#pick([
      () => this.#noUnion(depth),
      () => this.#noUnion(depth),
      () => this.#nullable(depth - 1),
      () => (this.#unions === 'any' ? this.#union(depth - 1) : this.#nullable(depth - 1)),
    ])();
  }

  value(schema: Schema, depth = 0): unknown {
    if (Array.isArray(schema)) return this.#branch(schema, depth);
    if (typeof schema === 'string') {
      const named = this.#named.get(schema);
      return named === undefined ? this.#primitive(schema) : this.value(named, depth + 1);
    }
    const node = schema as Definition;
    switch (node.type) {
      case 'record':
        return Object.fromEntries(
          (schema as RecordSchema).fields.map((f) => [f.name, this.value(f.type, depth + 1)]),
        );
      case 'enum':
        return this.#pick(node['symbols'] as string[]);
      case 'fixed':
        return this.#bytes(node['size'] as number, node['size'] as number);
      case 'array':
        return this.#several(depth, () => this.value(node['items'] as Schema, depth + 1));
      case 'map': {
        const keys = this.#several(depth, () => this.#g(fc.string, KEYS));
        return Object.fromEntries(
          keys.map((key) => [key, this.value(node['values'] as Schema, depth + 1)]),
        );
      }
      default:
        return this.#primitive(node.type);
    }
  }

  int(min: number, max: number): number {
    return this.#g(integersOf(min, max));
  }

  chance(probability: number): boolean {
    return this.int(1, 100) <= probability * 100;
  }

  some<T>(from: readonly T[]): T[] {
    return this.#g(() => fc.subarray([...from]));
  }

  draw<T>(from: () => Arbitrary<T>): T {
    return this.#g(from);
  }

  #several<T>(depth: number, make: () => T): T[] {
    return depth > 6 ? [] : Array.from({ length: this.int(0, 3) }, make);
  }

  #branch(branches: Schema[], depth: number): unknown {
    const none = branches.indexOf('null');
    const i = depth > 6 && none !== -1 ? none : this.int(0, branches.length - 1);
    const branch = branches[i]!;
    return branch === 'null' ? null : { [branchName(branch)]: this.value(branch, depth) };
  }

  #nullable(depth: number): Schema {
    const type = this.#noUnion(depth);
    return this.chance(0.5) ? ['null', type] : [type, 'null'];
  }

  #union(depth: number): Schema {
    const branches: Schema[] = this.#g(() =>
      fc.shuffledSubarray(['null', ...PRIMITIVES], { minLength: 2 }),
    );
    if (this.chance(0.5)) branches.push(this.#enum());
    if (this.chance(0.5)) branches.push(this.record(depth, 2));
    if (this.chance(0.3)) branches.push(this.record(depth, 3));
    if (this.chance(0.3)) branches.push({ type: 'array', items: this.type(depth) });
    return branches;
  }

  #noUnion(depth: number): Schema {
    const simple = [
      () => this.#pick(PRIMITIVES),
      () => this.#pick(LOGICAL),
      () => this.#enum(),
      () => this.#fixed(),
    ];
    const nested = [
      () => this.record(depth - 1, 3),
      () => ({ type: 'array', items: this.type(depth - 1) }),
      () => ({ type: 'map', values: this.type(depth - 1) }),
    ];
    return this.#pick<() => Schema>(depth > 0 ? [...simple, ...nested] : simple)();
  }

  #enum(): Schema {
    return {
      type: 'enum',
      name: this.#name('E'),
      symbols: ['A', 'B', 'C', 'D'].slice(0, this.int(1, 4)),
    };
  }

  #fixed(): Schema {
    const decimal = { logicalType: 'decimal', precision: 4, scale: this.int(0, 4) };
    // Fewer bytes do not hold 4 digits, and then it is no decimal.
    if (this.chance(0.3))
      return { type: 'fixed', name: this.#name('F'), size: this.int(2, 20), ...decimal };
    return { type: 'fixed', name: this.#name('F'), size: this.int(1, 20) };
  }

  #primitive(type: string): unknown {
    switch (type) {
      case 'boolean':
        return this.#g(fc.boolean);
      case 'int':
        return this.#g(fc.integer);
      case 'long':
        return this.#g(fc.integer, LONGS);
      case 'float':
        return this.#g(fc.float);
      case 'double':
        return this.#g(fc.double);
      case 'string':
        return this.#g(TEXT);
      case 'bytes':
        return this.#bytes(0, 12);
      default:
        throw new TypeError(`no values of ${type}`);
    }
  }

  #bytes(minLength: number, maxLength: number): Buffer {
    return Buffer.from(this.#g(fc.uint8Array, { minLength, maxLength }));
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)]!;
  }

  #name(prefix: string): string {
    const name = `${prefix}${this.#named.size}`;
    this.#named.set(name, name);
    return name;
  }
}

const PRIMITIVES = ['boolean', 'int', 'long', 'float', 'double', 'string', 'bytes'] as const;
const LOGICAL: readonly Schema[] = [
  { type: 'long', logicalType: 'timestamp-millis' },
  { type: 'long', logicalType: 'timestamp-micros' },
  { type: 'int', logicalType: 'date' },
  { type: 'string', logicalType: 'uuid' },
  { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
  { type: 'bytes', logicalType: 'decimal', precision: 60, scale: 30 },
  { type: 'bytes', logicalType: 'decimal', precision: 9 },
  { type: 'int', logicalType: 'time-millis' },
  { type: 'long', logicalType: 'time-micros' },
  { type: 'long', logicalType: 'timestamp-nanos' },
  { type: 'long', logicalType: 'local-timestamp-millis' },
];
/** avsc writes no longs beyond. */
const LONGS = { min: -Number.MAX_SAFE_INTEGER + 1, max: Number.MAX_SAFE_INTEGER - 1 };
const TEXT = (): Arbitrary<string> => anyText(12);

/** fast-check compares the arguments of every draw with those of all before, unless there are none. */
const integers = new Map<string, () => Arbitrary<number>>();
function integersOf(min: number, max: number): () => Arbitrary<number> {
  const key = `${min} ${max}`;
  const known = integers.get(key) ?? (() => fc.integer({ min, max }));
  integers.set(key, known);
  return known;
}

const KEYS = { unit: fc.constantFrom('a', 'b', 'x', 'y'), minLength: 1, maxLength: 4 };

/** The key under which a value of this branch is wrapped. */
export function branchName(branch: Schema): string {
  if (typeof branch === 'string') return branch;
  const { type, name } = branch as Definition;
  return typeof name === 'string' ? name : type;
}
