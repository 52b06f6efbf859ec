import type { RecordNode, SchemaNode } from '../flow/schema-node.ts';
import { ByteSink } from './byte-sink.ts';

/** Defaults contain other defaults, and could grow without limit. */
const MAX_BYTES = 1024 * 1024;

/** Used for a field without a usable default. */
const UNFIT = Symbol('unfit');

/**
 * Creates Avro bytes for the defaults in a schema. The default of a union may be of any branch
 * (since Avro 1.12; before, it had to be the first). A field that is missing in a record's default
 * takes its own default. NaN and infinities are strings, as Java writes them.
 */
export class Defaults {
  readonly #unfit = new Map<object, Set<SchemaNode>>();
  readonly #open = new Set<object>();

  /** The bytes of `json` as a value of the type, or undefined if it does not fit. */
  bytesOf(node: SchemaNode, json: unknown): Buffer | undefined {
    const sink = new ByteSink(MAX_BYTES, unfit);
    try {
      this.#write(sink, node, json);
      return sink.take();
    } catch (thrown) {
      if (thrown === UNFIT) return undefined;
      throw thrown;
    }
  }

  #write(sink: ByteSink, node: SchemaNode, json: unknown): void {
    switch (node.kind) {
      case 'null': {
        need(json === null);
        return;
      }
      case 'boolean':
        need(typeof json === 'boolean');
        {
          sink.byte(json === true ? 1 : 0);
          return;
        }
      case 'int':
      case 'long': {
        sink.long(wholeOf(node.kind, json));
        return;
      }
      case 'float': {
        sink.float(numberOf(json));
        return;
      }
      case 'double': {
        sink.double(numberOf(json));
        return;
      }
      case 'string': {
        sink.text(textOf(json));
        return;
      }
      case 'bytes': {
        sink.sized(latin1(json));
        return;
      }
      case 'fixed': {
        const bytes = latin1(json);
        need(bytes.length === node.size);
        sink.raw(bytes);
        return;
      }
      case 'enum': {
        const index = node.symbols.indexOf(textOf(json));
        need(index >= 0);
        sink.long(index);
        return;
      }
      case 'array':
        need(Array.isArray(json));
        {
          this.#block(sink, json as unknown[], (item) => {
            this.#write(sink, node.items, item);
          });
          return;
        }
      case 'map': {
        this.#block(sink, Object.entries(objectOf(json)), ([key, value]) => {
          sink.text(key);
          this.#write(sink, node.values, value);
        });
        return;
      }
      case 'union': {
        this.#union(sink, node.branches, json);
        return;
      }
      case 'record': {
        this.#record(sink, node, objectOf(json));
        return;
      }
    }
  }

  #block<T>(sink: ByteSink, entries: readonly T[], write: (entry: T) => void): void {
    if (entries.length > 0) sink.long(entries.length);
    entries.forEach(write);
    sink.byte(0);
  }

  /**
   * The first branch that fits. A failed attempt is not repeated, or nested unions would be tried
   * in all combinations.
   */
  #union(sink: ByteSink, branches: readonly SchemaNode[], json: unknown): void {
    const start = sink.length;
    const tried =
      typeof json === 'object' && json !== null ? this.#triedOn(json) : new Set<SchemaNode>();
    for (const [index, branch] of branches.entries()) {
      if (tried.has(branch)) continue;
      try {
        sink.long(index);
        this.#write(sink, branch, json);
        return;
      } catch (thrown) {
        if (thrown !== UNFIT) throw thrown;
        tried.add(branch);
        sink.cut(start);
      }
    }
    unfit();
  }

  #record(sink: ByteSink, node: RecordNode, json: Readonly<Record<string, unknown>>): void {
    for (const field of node.fields) {
      if (Object.hasOwn(json, field.name)) {
        this.#write(
          sink,
          field.node,
          Object.hasOwn(json, field.name) ? json[field.name] : undefined,
        );
      } else {
        // A default that contains itself has no end.
        need('default' in field && !this.#open.has(field));
        this.#open.add(field);
        try {
          this.#write(sink, field.node, field.default);
        } finally {
          this.#open.delete(field);
        }
      }
    }
  }

  #triedOn(json: object): Set<SchemaNode> {
    const known = this.#unfit.get(json) ?? new Set<SchemaNode>();
    this.#unfit.set(json, known);
    return known;
  }
}

function unfit(): never {
  throw UNFIT; // eslint-disable-line @typescript-eslint/only-throw-error -- caught a few lines above, never seen outside
}

function need(fits: boolean): void {
  if (!fits) unfit();
}

function textOf(json: unknown): string {
  return typeof json === 'string' ? json : unfit();
}

function objectOf(json: unknown): Readonly<Record<string, unknown>> {
  need(typeof json === 'object' && json !== null && !Array.isArray(json));
  return json as Readonly<Record<string, unknown>>;
}

/** One byte per character. */
function latin1(json: unknown): Buffer {
  const text = textOf(json);
  const bytes = Buffer.from(text, 'latin1');
  need(bytes.toString('latin1') === text);
  return bytes;
}

function numberOf(json: unknown): number {
  if (typeof json === 'number') return json;
  if (typeof json === 'bigint') return Number(json);
  need(json === 'NaN' || json === 'Infinity' || json === '-Infinity');
  return Number(json);
}

const LONG_MAX = 2n ** 63n - 1n;

/** JSON that was parsed to doubles has rounded the largest long to 2^63. */
function wholeOf(kind: 'int' | 'long', json: unknown): number | bigint {
  if (kind === 'int') return typeof json === 'number' && (json | 0) === json ? json : unfit();
  if (typeof json !== 'bigint' && !Number.isInteger(json)) return unfit();
  const wide = BigInt(json as number | bigint);
  if (json === 2 ** 63) return LONG_MAX;
  return wide >= -LONG_MAX - 1n && wide <= LONG_MAX ? wide : unfit();
}
