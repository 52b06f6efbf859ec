import type { SchemaNode } from '../flow/schema-node.ts';
import { Cursor } from './cursor.ts';

/** Values that JSON cannot hold are written as strings. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/**
 * Creates the function that turns the Avro bytes of a value into one line of plain JSON: unions
 * unwrapped, bytes and fixed as Latin-1 text (as in the JSON encoding of Avro), longs as numbers
 * with all digits, NaN and infinities as null.
 */
export function jsonText(node: SchemaNode): (value: Buffer) => string {
  const reader = new JsonReader();
  return (value) => JSON.stringify(reader.value(node, value));
}

class JsonReader extends Cursor {
  value(node: SchemaNode, bytes: Buffer): unknown {
    this.open(bytes, 0, bytes.length);
    return this.#read(node);
  }

  #read(node: SchemaNode): unknown {
    switch (node.kind) {
      case 'null':
        return null;
      case 'boolean':
        return this.bytes[this.take(1)] !== 0;
      case 'int':
      case 'long': {
        const long = this.int64();
        const near = Number(long);
        return Number.isSafeInteger(near) ? near : rawJSON(String(long));
      }
      case 'float':
        return this.bytes.readFloatLE(this.take(4));
      case 'double':
        return this.bytes.readDoubleLE(this.take(8));
      case 'string':
        return this.#text('utf8', this.length());
      case 'bytes':
        return this.#text('latin1', this.length());
      case 'fixed':
        return this.#text('latin1', node.size);
      case 'enum':
        return node.symbols[this.long()];
      case 'union':
        return this.#read(node.branches[this.long()]!);
      case 'array': {
        const items: unknown[] = [];
        this.#entries(() => items.push(this.#read(node.items)));
        return items;
      }
      case 'map': {
        const entries: [string, unknown][] = [];
        this.#entries(() =>
          entries.push([this.#text('utf8', this.length()), this.#read(node.values)]),
        );
        return Object.fromEntries(entries);
      }
      case 'record':
        return Object.fromEntries(node.fields.map((field) => [field.name, this.#read(field.node)]));
    }
  }

  #text(encoding: 'utf8' | 'latin1', length: number): string {
    const start = this.take(length);
    return this.bytes.toString(encoding, start, start + length);
  }

  #entries(read: () => void): void {
    for (let count = this.long(); count !== 0; count = this.long()) {
      if (count < 0) this.long();
      for (let i = Math.abs(count); i > 0; i--) read();
    }
  }
}
