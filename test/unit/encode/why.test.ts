import { anyText } from '../../support/texts.ts';
import fc from 'fast-check';
import { framed } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { mark, noMarks } from '../../../src/flow/profile-marks.ts';
import type { Reasons, ReasonValue } from '../../../src/flow/reasons.ts';
import { whyWriter } from '../../../src/encode/why.ts';
import { Fates } from '../../../src/flow/fates.ts';
import { encodeScores } from './given.ts';

const EVENT = { type: 'record', name: 'Event', fields: [{ name: 'id', type: 'string' }] };
const event = (id: string): Buffer => framed(1, plainType(EVENT).toBuffer({ id }));

interface Given {
  readonly name: number;
  readonly value: ReasonValue;
  readonly contribution: number;
}

function reasonsOf(names: Reasons['names'], rows: readonly (readonly Given[])[]): Reasons {
  const all = rows.flat();
  let start = 0;
  return {
    names,
    starts: Uint32Array.from([0, ...rows.map(({ length }) => (start += length))]),
    name: Uint16Array.from(all, ({ name }) => name),
    value: all.map(({ value }) => value),
    contribution: Float64Array.from(all, ({ contribution }) => contribution),
  };
}

const asRead = (value: ReasonValue): unknown =>
  value === null ? null : { [typeof value === 'number' ? 'double' : 'string']: value };

describe('why, in a score record', () => {
  it('has the reasons and the marked fields of its own row, exactly', async () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const text = anyText(100);
    const names = fc.array(fc.record({ feature: text, code: fc.option(text) }), {
      minLength: 1,
      maxLength: 4,
    });
    const fields = fc.uniqueArray(text, { minLength: 1, maxLength: 70 });
    const row = fc.record({
      isAlive: fc.boolean(),
      reasons: fc.array(
        fc.record({
          name: fc.nat(100),
          value: fc.oneof(number, text, fc.constant(null)),
          contribution: number,
        }),
        { maxLength: 70 },
      ),
      marked: fc.array(fc.nat(100)),
    });
    const batch = fc.record({
      names,
      fields,
      rows: fc.array(row, { minLength: 1, maxLength: 5 }),
      hasReasons: fc.boolean(),
      hasMarks: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(batch, async ({ names, fields, rows, hasReasons, hasMarks }) => {
        const given = rows.map(({ reasons }) =>
          reasons.map((reason) => ({ ...reason, name: reason.name % names.length })),
        );
        const marks = noMarks(fields, rows.length);
        for (const [i, { marked }] of rows.entries())
          for (const name of marked) mark(marks, i, name % fields.length);
        const { scores } = await encodeScores({
          reader: EVENT,
          carry: ['id'],
          values: rows.map(({ isAlive }, i) => (isAlive ? event(`id${i}`) : null)),
          ...(hasReasons ? { reasons: reasonsOf(names, given) } : {}),
          ...(hasMarks ? { marks } : {}),
        });
        const expected = rows.flatMap(({ isAlive, marked }, i) => {
          if (!isAlive) return [];
          const reasons = given[i]!.map(({ name, value, contribution }) => ({
            feature: names[name]!.feature,
            value: asRead(value),
            contribution,
            code: asRead(names[name]!.code),
          }));
          const outside = fields.filter((_, f) =>
            marked.some((name) => name % fields.length === f),
          );
          return [
            {
              reasons: hasReasons ? reasons : [],
              outOfProfile: hasMarks ? { array: outside } : null,
              event: { id: `id${i}` },
            },
          ];
        });
        expect(
          scores.map(({ reasons, outOfProfile, event }) => ({ reasons, outOfProfile, event })),
        ).toEqual(expected);
      }),
    );
  });

  it.each([
    [false, false, 2],
    [true, false, 2],
    [false, true, 3],
    [true, true, 3],
  ])('is short where a row has nothing (reasons %p, marks %p)', (hasReasons, hasMarks, bytes) => {
    const names = [{ feature: 'amount', code: null }];
    const { write, ...why } = whyWriter(
      hasReasons ? reasonsOf(names, [[], []]) : undefined,
      hasMarks ? noMarks(['amount'], 2) : undefined,
      new Fates(2),
    );
    expect(why.bytes).toBe(2 * bytes);
    const into = Buffer.alloc(bytes);
    const view = new DataView(into.buffer, into.byteOffset, into.length);
    expect(write(into, view, 0, 1)).toBe(bytes);
    expect([...into]).toEqual(hasMarks ? [0, 2, 0] : [0, 0]);
  });
});
