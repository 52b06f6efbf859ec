import type { FixedNode, PrimitiveNode } from '../flow/schema-node.ts';
import { isWritten, type Written } from '../flow/written-number.ts';
import { LARGEST_SCALE, unscaled } from './json-decimal.ts';
import { isLatin1 } from './json-fit.ts';
import { invalid, mismatch } from './json-problem.ts';

type BytesShape = FixedNode | PrimitiveNode;

/**
 * Some programs write decimals as such strings, and the JSON encoding of Avro writes the characters
 * of their bytes. The two cannot be told apart. But three or more bytes are hardly ever all digits.
 */
const NUMBER_AS_TEXT = /^(?=.{3})[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?$/;

/** The bytes of a string with one character per byte, or of a decimal. */
export function bytesOf(node: BytesShape, json: unknown, path: string): Buffer {
  if (node.scale !== undefined && isWritten(json)) return toDecimal(node, node.scale, json, path);
  if (typeof json !== 'string') throw mismatch(node, path);
  if (node.scale !== undefined && NUMBER_AS_TEXT.test(json))
    throw invalid(
      path,
      'is a decimal, written as a string of digits: write a number, or a string of its bytes',
    );
  if ((node.kind === 'fixed' && json.length !== node.size) || !isLatin1(json))
    throw mismatch(node, path);
  return Buffer.from(json, 'latin1');
}

/**
 * A decimal that is written as a number, with no more digits than its scale. Two's complement, as
 * short as possible or of the fixed size.
 */
function toDecimal(node: BytesShape, scale: number, json: Written, path: string): Buffer {
  const value =
    Number.isFinite(Number(json)) && scale <= LARGEST_SCALE ? unscaled(json, scale) : undefined;
  if (value === undefined) throw mismatch(node, path);
  if (value === 'more')
    throw invalid(path, `has more decimal places than the ${scale} of the schema`);
  let size = node.kind === 'fixed' ? node.size : 1;
  if (node.kind !== 'fixed') while (BigInt.asIntN(8 * size, value) !== value) size++;
  if (BigInt.asIntN(8 * size, value) !== value) throw mismatch(node, path);
  return Buffer.from(
    BigInt.asUintN(8 * size, value)
      .toString(16)
      .padStart(2 * size, '0'),
    'hex',
  );
}
