import type { Utf8Column } from '../../flow/utf8-column.ts';
import type { TextTest } from '../cel/typed.ts';
import { FALSE, NULL_OPERAND, TRUE } from './vector.ts';

/**
 * Whether the text of each row starts with, ends with or contains a text. In UTF-8, no character is a
 * part of another one, so bytes are enough. Returns all values joined by |.
 */
export function testBytes(
  test: TextTest,
  { state, places, blocks }: Utf8Column,
  part: Buffer,
  out: Uint8Array,
  rows: number,
): number {
  let all = 0;
  for (let row = 0; row < rows; row++) {
    const now = state[row]!;
    if (now !== 0) {
      all |= out[row] = now === 1 ? NULL_OPERAND : now;
      continue;
    }
    const bytes = blocks[places[4 * row]!]!;
    const start = places[4 * row + 1]!;
    const last = places[4 * row + 2]! - part.length;
    let found = FALSE;
    if (last < start) found = FALSE;
    else if (test === 'startsWith') found = +isAt(part, bytes, start);
    else if (test === 'endsWith') found = +isAt(part, bytes, last);
    else
      for (let at = start; at <= last && found === FALSE; at++)
        if (isAt(part, bytes, at)) found = TRUE;
    all |= out[row] = found;
  }
  return all;
}

function isAt(part: Buffer, bytes: Buffer, at: number): boolean {
  for (let i = 0; i < part.length; i++) if (part[i] !== bytes[at + i]) return false;
  return true;
}
