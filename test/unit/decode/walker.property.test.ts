import fc from 'fast-check';
import { parseSchema } from '../../../src/decode/avro-shape.ts';
import type { FieldNeed } from '../../../src/flow/events.ts';
import { fieldPaths, findField, withoutNull } from '../../../src/flow/shape.ts';
import { carriedBytes, fatesOf, framed, givenDecoder } from '../../support/avro-given.ts';
import { expectedCell, inOutput, plainType, wrappedAt } from '../../support/avro-oracle.ts';
import { RandomAvro, type RecordSchema } from '../../support/random-avro.ts';

const RUNS = { numRuns: 300, endOnFailure: true };

/** Some needs that a contract could have: leaves as a number or a text, and anything carried. */
function randomNeeds(random: RandomAvro, schema: RecordSchema): { fields: FieldNeed[]; carry: string[] } {
  const shape = parseSchema(schema);
  const paths = fieldPaths(shape);
  const leaves = paths.filter((path) => withoutNull(findField(shape, path)!.shape).kind !== 'record');
  const fields = random.some(leaves).map((path): FieldNeed => {
    return { path, as: random.chance(0.5) ? 'number' : 'text', optional: random.chance(0.5) };
  });
  return { fields, carry: random.some(paths) };
}

function arrange(random: RandomAvro) {
  const schema = random.record(3);
  const needs = randomNeeds(random, schema);
  const type = plainType(schema);
  return { schema, type, needs, decoder: givenDecoder({ reader: schema, ...needs }) };
}

describe('the walker against avsc', () => {
  it('reads the same numbers, texts and nulls, and carries the same values', async () => {
    const property = fc.asyncProperty(fc.gen(), async (g) => {
      const random = new RandomAvro(g);
      const { schema, type, needs, decoder } = arrange(random);
      const values = Array.from({ length: 3 }, () => type.toBuffer(random.value(schema)));
      const events = await decoder.decode(values.map((bytes) => framed(1, bytes)));

      expect(fatesOf(events)).toEqual(['alive', 'alive', 'alive']);
      values.forEach((bytes, row) => {
        const root = { type, value: type.fromBuffer(bytes) as unknown };
        needs.fields.forEach((need, slot) => {
          const column = events.columns[slot]!;
          expect({ state: column.state[row], value: column.values[row] }).toEqual(expectedCell(root, need));
        });
        decoder.carry.forEach(({ path, schema: target, nullBytes }, slot) => {
          const seen = wrappedAt(root, path);
          const expected = seen === undefined ? nullBytes : plainType(target).toBuffer(inOutput(seen, nullBytes));
          expect({ path, bytes: carriedBytes(events, slot, row) }).toEqual({ path, bytes: expected });
        });
      });
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
      expect(short.filter((fate) => fate !== 'AVRO_TRUNCATED' && fate !== 'AVRO_COUNT_TOO_LARGE')).toEqual([]);
      expect(fates.slice(prefixes.length)).toEqual(longer.map(() => 'AVRO_TRAILING_BYTES'));
    });
    await fc.assert(property, RUNS);
  });

  it('answers garbage and single changed bytes with a code or a value, never with an exception', async () => {
    const property = fc.asyncProperty(fc.gen(), fc.uint8Array({ maxLength: 200 }), async (g, garbage) => {
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
    });
    await fc.assert(property, RUNS);
  });
});
