import type { EnumNode, SchemaNode } from '../flow/schema-node.ts';
import { timeFactor } from '../flow/time-unit.ts';
import { MIN_BYTES, type Step } from './decode-plan.ts';
import { TextCache } from './text-cache.ts';

export const isWhole = ({ kind }: SchemaNode): boolean => kind === 'int' || kind === 'long';

export const scaledStep = (slot: number, factor: number): Step =>
  factor === 1 ? { do: 'read-long', slot } : { do: 'read-scaled', slot, factor };

/** Writer and reader resolve: the value of a number in the reader's type. */
export function numberStep(writer: SchemaNode, reader: SchemaNode, slot: number): Step | undefined {
  switch (writer.kind) {
    case 'double':
    case 'float':
    case 'boolean':
      return { do: `read-${writer.kind}`, slot };
    case 'int':
    case 'long': {
      if (reader.kind === 'float') return { do: 'read-rounded', slot };
      return scaledStep(slot, timeFactor(writer, reader));
    }
    case 'bytes':
    case 'fixed': {
      if (reader.kind === 'string') return undefined;
      // The bytes have the meaning that the writer declares. If the writer declares none, the
      // meaning of the reader counts.
      const scale = writer.logical === undefined ? scaleOf(reader) : writer.scale;
      return scale === undefined
        ? undefined
        : { do: 'read-decimal', slot, size: sizeOf(writer), scale };
    }
    default:
      return undefined;
  }
}

/**
 * The same for a string. Bytes that are read as a string must be UTF-8. A string that is read as
 * bytes has one character per byte.
 */
export function textStep(writer: SchemaNode, reader: SchemaNode, slot: number): Step | undefined {
  if (isDecimal(writer)) return undefined;
  switch (reader.kind) {
    case 'string':
      return { do: 'read-text', slot, texts: new TextCache() };
    case 'enum':
      return { do: 'read-symbol', slot, symbols: symbolsOf(writer, reader) };
    case 'bytes':
      return reader.logical === undefined ? { do: 'read-latin1', slot, size: null } : undefined;
    case 'fixed':
      return reader.logical === undefined
        ? { do: 'read-latin1', slot, size: sizeOf(writer) }
        : undefined;
    default:
      return undefined;
  }
}

/** The same for the bytes of a string. */
export function utf8Step(writer: SchemaNode, reader: SchemaNode, slot: number): Step | undefined {
  if (isDecimal(writer)) return undefined;
  if (reader.kind === 'string') return { do: 'read-utf8', slot };
  if (reader.kind !== 'enum') return undefined;
  const symbols = symbolsOf(writer, reader).map((symbol) =>
    symbol === null ? null : Buffer.from(symbol),
  );
  return { do: 'read-utf8-symbol', slot, symbols };
}

/** The reader's symbol for each of the writer's symbols; null if it has none. */
function symbolsOf(writer: SchemaNode, reader: EnumNode): (string | null)[] {
  const known = new Set(reader.symbols);
  const other = reader.default ?? null;
  const symbols = writer.kind === 'enum' ? writer.symbols : [];
  return symbols.map((symbol) => (known.has(symbol) ? symbol : other));
}

/** Bytes that are not text, such as those of a decimal. */
export const isDecimal = ({ kind, logical }: SchemaNode): boolean =>
  (kind === 'bytes' || kind === 'fixed') && logical !== undefined;

const sizeOf = (node: SchemaNode): number | null => (node.kind === 'fixed' ? node.size : null);

const scaleOf = (node: SchemaNode): number | undefined =>
  node.kind === 'bytes' || node.kind === 'fixed' ? node.scale : undefined;

export function leastBytes(node: SchemaNode): number {
  if (node.kind === 'fixed') return node.size;
  return node.kind in MIN_BYTES ? MIN_BYTES[node.kind as keyof typeof MIN_BYTES] : 1;
}
