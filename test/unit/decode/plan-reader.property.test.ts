import fc from 'fast-check';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { carriedBytes, fatesOf, framed, givenDecoder } from '../../support/avro-given.ts';
import { expectedCells, inOutput, plainType, wrappedAt } from '../../support/avro-oracle.ts';
import { inBlocks } from '../../support/blocks.ts';
import { cellsOf } from '../../support/cells.ts';
import { RandomAvro } from '../../support/random-avro.ts';
import { randomNeeds } from '../../support/random-needs.ts';

const RUNS = { numRuns: 300, endOnFailure: true };

function arrange(random: RandomAvro) {
  const schema = random.record(3);
  const projection = randomNeeds(random, parseSchema(schema));
  const type = plainType(schema);
  return { schema, type, projection, decoder: givenDecoder({ reader: schema, ...projection }) };
}

describe('the walker against avsc', () => {
  it('reads the same numbers, texts and nulls, and carries the same values', async () => {
    const property = fc.asyncProperty(fc.gen(), async (g) => {
      const random = new RandomAvro(g);
      const { schema, type, projection, decoder } = arrange(random);
      const values = Array.from({ length: 3 }, () => type.toBuffer(random.value(schema)));
      const events = await decoder.decode(values.map((bytes) => framed(1, bytes)));

      expect(fatesOf(events)).toEqual(['alive', 'alive', 'alive']);
      values.forEach((bytes, row) => {
        const root = { type, value: type.fromBuffer(bytes) as unknown };
        projection.fields.forEach((need, slot) => {
          expect({ need, cells: cellsOf(events.columns[slot]!, row) }).toEqual({
            need,
            cells: expectedCells(root, need),
          });
        });
        decoder.carry.forEach(({ path, schema: target, nullBytes }, slot) => {
          const seen = wrappedAt(root, path);
          const expected =
            seen === undefined ? nullBytes : plainType(target).toBuffer(inOutput(seen, nullBytes));
          expect({ path, bytes: carriedBytes(events, slot, row) }).toEqual({
            path,
            bytes: expected,
          });
        });
      });
    });
    await fc.assert(property, RUNS);
  });

  it('reads the same from blocks of any size, whether they say their length or not', async () => {
    const property = fc.asyncProperty(fc.gen(), async (g) => {
      const random = new RandomAvro(g);
      const { schema, type, projection, decoder } = arrange(random);
      const value = random.value(schema);
      const events = await decoder.decode(
        [type.toBuffer(value), inBlocks(random, type, value)].map((b) => framed(1, b)),
      );
      expect(fatesOf(events)).toEqual(['alive', 'alive']);
      const cells = (row: number) => events.columns.map((column) => cellsOf(column, row));
      expect([projection.fields, cells(1)]).toEqual([projection.fields, cells(0)]);
    });
    await fc.assert(property, RUNS);
  });

  it('takes no prefix of a value and nothing after it for the value', async () => {
    const property = fc.asyncProperty(fc.gen(), async (g) => {
      const random = new RandomAvro(g);
      const { schema, type, decoder } = arrange(random);
      const bytes = type.toBuffer(random.value(schema));
      const prefixes = Array.from(bytes.keys(), (length) => framed(1, bytes.subarray(0, length)));
      const longer = [1, 2, 9].map((extra) =>
        framed(1, Buffer.concat([bytes, Buffer.alloc(extra, random.int(0, 255))])),
      );
      const fates = fatesOf(await decoder.decode([...prefixes, ...longer]));

      const short = fates.slice(0, prefixes.length);
      expect(
        short.filter((fate) => fate !== 'AVRO_TRUNCATED' && fate !== 'AVRO_COUNT_TOO_LARGE'),
      ).toEqual([]);
      expect(fates.slice(prefixes.length)).toEqual(longer.map(() => 'AVRO_TRAILING_BYTES'));
    });
    await fc.assert(property, RUNS);
  });

  it('answers garbage and single changed bytes with a code or a value, never with an exception', async () => {
    const property = fc.asyncProperty(
      fc.gen(),
      fc.uint8Array({ maxLength: 200 }),
      async (g, garbage) => {
        const random = new RandomAvro(g);
        const { schema, type, decoder } = arrange(random);
        const bytes = type.toBuffer(random.value(schema));
        const changed = Array.from({ length: Math.min(bytes.length, 20) }, () => {
          const copy = Buffer.from(bytes);
          copy[random.int(0, bytes.length - 1)] = random.int(0, 255);
          return framed(1, copy);
        });
        const events = await decoder.decode([framed(1, garbage), ...changed]);
        const known = /^(alive|AVRO_(TRUNCATED|TRAILING_BYTES|COUNT_TOO_LARGE|TOO_DEEP|INVALID))$/;
        expect(fatesOf(events).filter((fate) => !known.test(fate))).toEqual([]);
      },
    );
    await fc.assert(property, RUNS);
  });
});
