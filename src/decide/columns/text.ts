import type { TextTest } from '../cel/typed.ts';
import { errorOf, FALSE, TRUE, type Texts } from './vector.ts';

/**
 * Compares by code points, as CEL does. JavaScript compares UTF-16 units, which puts those beyond
 * U+FFFF before U+E000.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === end) return a.length - b.length;
  const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
  const [leftPair, rightPair] = [isSurrogate(left), isSurrogate(right)];
  return leftPair === rightPair ? left - right : leftPair ? 1 : -1;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

/** The number of code points, each unpaired surrogate included. */
export function characters(text: string): number {
  let count = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) !== 0xd800) continue;
    if ((text.charCodeAt(i + 1) & 0xfc00) !== 0xdc00) continue;
    count--;
    i++;
  }
  return count;
}

export function testText(test: TextTest, a: Texts, b: Texts, out: Uint8Array, rows: number): void {
  const [texts, parts] = [a.values, b.values];
  switch (test) {
    case 'startsWith':
      for (let row = 0; row < rows; row++)
        out[row] = texts[row]!.startsWith(parts[row]!) ? TRUE : FALSE;
      break;
    case 'endsWith':
      for (let row = 0; row < rows; row++)
        out[row] = texts[row]!.endsWith(parts[row]!) ? TRUE : FALSE;
      break;
    case 'contains':
      for (let row = 0; row < rows; row++)
        out[row] = texts[row]!.includes(parts[row]!) ? TRUE : FALSE;
  }
  if (a.state === null && b.state === null) return;
  for (let row = 0; row < rows; row++) {
    const error = errorOf(a.state?.[row] ?? 0, b.state?.[row] ?? 0);
    if (error !== 0) out[row] = error;
  }
}
