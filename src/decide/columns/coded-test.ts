import type { Constant } from '../cel/expression.ts';
import type { FillBools } from './compare-constant.ts';
import { OTHER_TEXT, type TextCodes } from './text-codes.ts';
import { ABSENT_FIELD, OTHER_TYPE } from './vector.ts';

/**
 * Whether a field is one of these strings; `holds` false: whether it is none of them. Undefined from
 * `quickly` if no row of the batch can make it true or an error.
 */
export function codedTest(
  slot: number,
  values: readonly Constant[],
  texts: TextCodes,
  holds = true,
): FillBools {
  const codes = values.flatMap((value) => (typeof value === 'string' ? [texts.add(value)] : []));
  const table = new Uint8Array(Math.max(OTHER_TYPE, ...codes) + 1).fill(+!holds);
  for (const code of codes) table[code] = +holds;
  table[1] = +(values.includes(null) === holds); // null
  table[ABSENT_FIELD] = ABSENT_FIELD;
  table[OTHER_TYPE] = OTHER_TYPE;
  let byCode = table;
  return (out, batch) => {
    const of = batch.codes(slot);
    const { seen } = texts;
    // Texts that only other conditions name are other texts here.
    if (byCode.length < seen.length) {
      byCode = new Uint8Array(seen.length).fill(table[OTHER_TEXT]!);
      byCode.set(table);
    }
    let all = 0;
    for (let code = 0; code < seen.length; code++) if (seen[code] === 1) all |= byCode[code]!;
    if (all !== 0) look(byCode, of, out, batch.rows);
    return all;
  };
}

function look(table: Uint8Array, codes: Uint32Array, out: Uint8Array, rows: number): void {
  for (let row = 0; row < rows; row++) out[row] = table[codes[row]!]!;
}
