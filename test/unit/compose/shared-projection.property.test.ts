import fc from 'fast-check';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { eventsFor, type Events } from '../../../src/flow/events.ts';
import { widthOf, type FeatureSpec } from '../../../src/flow/features.ts';
import { shareProjection } from '../../../src/flow/projection.ts';
import type { SchemaNode } from '../../../src/flow/schema-node.ts';
import { fieldPaths } from '../../../src/flow/schema-node.ts';
import type { TensorType } from '../../../src/flow/tensors.ts';
import { makeContract, type Contract } from '../../../src/map/contract.ts';
import { createMapper } from '../../../src/map/mapper.ts';
import { createMissingObserver } from '../../../src/map/missing-observer.ts';
import { carriedBytes, framed, givenDecoder } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { RandomAvro, type RecordSchema } from '../../support/random-avro.ts';
import { pathsOf } from '../../support/random-needs.ts';
import { takes } from '../map/given.ts';

const RUNS = { numRuns: 200, endOnFailure: true };

/** Fields that the events' writer does not know, with a default and without. */
const NEWER = [
  { name: 'newNumber', type: 'double' },
  { name: 'newText', type: 'string' },
  { name: 'newWithDefault', type: 'double', default: 7 },
];

/** Any contract that the event allows: each feature is tried alone, and left out where it is refused. */
function randomContract(random: RandomAvro, event: SchemaNode): Contract {
  const type = random.draw(() => fc.constantFrom<TensorType>('float32', 'int64', 'string'));
  const candidates = [...random.some(pathsOf(event)), ...random.some(NEWER.map((f) => f.name))];
  const features = candidates
    .map((field) => randomFeature(random, field))
    .filter((feature) => 'contract' in made(event, [feature], type));
  const result = made(event, features, type);
  return 'contract' in result ? result.contract : { fields: [], inputs: [] };
}

function made(event: SchemaNode, features: readonly FeatureSpec[], type: TensorType) {
  const width = features.reduce((sum, feature) => sum + widthOf(feature), 0);
  return makeContract(event, [{ name: 'x', features }], [takes('x', width, type)], 'model.yaml');
}

function randomFeature(random: RandomAvro, field: string): FeatureSpec {
  const more = random.draw(() =>
    fc.constantFrom<Partial<FeatureSpec>>(
      {},
      {},
      { part: 'length' },
      { categories: ['a', 'b', ''], unknown: 9 },
      { vector: 2 },
    ),
  );
  const missing = more.categories === undefined ? 1 : 'a';
  return { field, transforms: [], ...more, ...(random.chance(0.5) && { missing }) };
}

/** What one version makes of the events. */
function outcome(
  decoded: Events,
  version: number,
  contract: Contract,
  slots: readonly number[],
  streamSlot: number,
) {
  const events = eventsFor(decoded, version);
  const missing: [string, number][] = [];
  const onMissing = (field: string, rows: number): void => void missing.push([field, rows]);
  const tensors = createMapper(contract, slots)(events);
  createMissingObserver(contract, slots, onMissing)(events)?.record();
  const alive = [...events.fates.state.keys()].filter((row) => events.fates.isAlive(row));
  return {
    rejects: events.fates.rejects,
    missing,
    inputs: alive.map((row) =>
      tensors.map(({ values, columns }) => [...values.slice(row * columns, (row + 1) * columns)]),
    ),
    skip: alive.map((row) => events.columns[streamSlot]!.state[row]),
    carried: alive.map((row) => events.carried.map((_field, i) => carriedBytes(events, i, row))),
  };
}

describe('several versions over one projection', () => {
  it('have the tensors, fates and carried fields that each has alone', async () => {
    const seen = { refusedByOne: 0, shared: 0 };
    const property = fc.asyncProperty(fc.gen(), async (g) => {
      const random = new RandomAvro(g);
      const writer = random.record(3);
      const reader = { ...writer, fields: [...writer.fields, ...NEWER] } as RecordSchema;
      const event = parseSchema(reader);
      const contracts = Array.from({ length: random.int(2, 3) }, () =>
        randomContract(random, event),
      );
      const skip = {
        path: random.draw(() => fc.constantFrom(...pathsOf(event))),
        as: 'number',
        optional: true,
      } as const;
      const carry = random.some(fieldPaths(parseSchema(writer)));
      const type = plainType(writer);
      const whole = Array.from({ length: 3 }, () => type.toBuffer(random.value(writer)));
      const broken = whole.map((bytes) => {
        const copy = Buffer.from(bytes);
        if (copy.length > 0) copy[random.int(0, copy.length - 1)] = random.int(0, 255);
        return copy;
      });
      const values = [...whole, ...broken].map((bytes) => framed(1, bytes));
      const run = async (versions: readonly Contract[]) => {
        const shared = shareProjection(
          versions.map(({ fields }) => fields),
          [skip],
          carry,
        );
        const given = { reader, writers: { 1: writer }, ...shared.projection };
        const decoded = await givenDecoder(given).decode(values);
        return versions.map((contract, i) =>
          outcome(decoded, i, contract, shared.versions[i]!, shared.stream[0]!),
        );
      };
      const together = await run(contracts);
      const alone = (await Promise.all(contracts.map((one) => run([one])))).flat();
      expect(together).toEqual(alone);
      const counts = new Set(together.map(({ rejects }) => rejects.length));
      if (counts.size > 1) seen.refusedByOne++;
      if (new Set(contracts.flatMap(({ fields }) => fields.map(({ path }) => path))).size > 1)
        seen.shared++;
    });
    await fc.assert(property, RUNS);
    // otherwise it proved nothing
    expect(seen.refusedByOne).toBeGreaterThan(10);
    expect(seen.shared).toBeGreaterThan(50);
  });
});
