import fc from 'fast-check';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { fieldPaths, findField } from '../../../src/flow/schema-node.ts';
import { framed } from '../../support/avro-given.ts';
import { inOutput, plainType, wrappedAt } from '../../support/avro-oracle.ts';
import { RandomAvro } from '../../support/random-avro.ts';
import { encodeScores, inEvent } from './given.ts';

describe('carried fields', () => {
  it('of any type and place come out as they went in', async () => {
    const property = fc.asyncProperty(fc.gen(), async (g) => {
      const random = new RandomAvro(g);
      const schema = random.record(3);
      const type = plainType(schema);
      const node = parseSchema(schema);
      const asked = random.some(fieldPaths(node));
      const carry = asked.filter((path) => !asked.some((other) => path.startsWith(`${other}.`)));
      const values = Array.from({ length: 3 }, () => type.toBuffer(random.value(schema)));
      const { scores } = await encodeScores({
        reader: schema,
        carry: asked,
        values: values.map((v) => framed(1, v)),
      });

      expect(scores).toHaveLength(values.length);
      scores.forEach((score, row) => {
        const root = { type, value: type.fromBuffer(values[row]!) as unknown };
        for (const path of carry) {
          const seen = wrappedAt(root, path);
          const nullBytes = findField(node, path)!.underNullable ? Buffer.alloc(1) : null;
          const expected = seen === undefined ? null : inOutput(seen, nullBytes);
          expect(plain({ path, value: inEvent(score, path) })).toEqual(
            plain({ path, value: expected }),
          );
        }
      });
    });
    await fc.assert(property, { numRuns: 200, endOnFailure: true });
  });
});

/**
 * Without the classes that avsc makes records of, and the namespace that types without one take on
 * in the score.
 */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key.replace('stream_scorer.', ''), plain(entry)]),
  );
}
