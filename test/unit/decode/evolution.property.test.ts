import fc from 'fast-check';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { ProjectedField } from '../../../src/flow/projection.ts';
import { branchesOf, findPath, isFound } from '../../../src/flow/path.ts';
import type { SchemaNode } from '../../../src/flow/schema-node.ts';
import { carriedBytes, fatesOf, framed, givenDecoder } from '../../support/avro-given.ts';
import { expectedCells, inOutput, plainType, wrappedAt } from '../../support/avro-oracle.ts';
import { cellsOf } from '../../support/cells.ts';
import {
  RandomAvro,
  type Field,
  type RecordSchema,
  type Schema,
} from '../../support/random-avro.ts';
import { needOf } from '../../support/random-needs.ts';

/**
 * A field in the writer's and in the reader's schema; undefined where one of them does not have it.
 */
interface Pair {
  readonly writer: Field | undefined;
  readonly reader: Field | undefined;
}

const DEFAULTS: readonly { readonly type: Schema; readonly default: unknown }[] = [
  { type: 'double', default: -1.5 },
  { type: 'int', default: 7 },
  { type: 'long', default: -5_000_000_000 },
  { type: 'boolean', default: true },
  { type: 'string', default: 'none é' },
  { type: ['null', 'double'], default: null },
  { type: ['string', 'null'], default: 'first branch' },
  { type: { type: 'array', items: 'int' }, default: [1, 2] },
  { type: { type: 'enum', name: 'Colour', symbols: ['RED', 'BLUE'] }, default: 'BLUE' },
  { type: inner([{ name: 'x', type: 'double' }]), default: { x: 2.5 } },
];

const PROMOTIONS = [
  ['int', 'long'],
  ['int', 'float'],
  ['int', 'double'],
  ['long', 'float'],
  ['long', 'double'],
  ['float', 'double'],
  ['int', ['null', 'long']],
  ['string', ['null', 'string']],
  ['double', ['string', 'null', 'double']],
] as const;

function inner(fields: Field[]): RecordSchema {
  return { type: 'record', name: 'Inner', fields };
}

const EVOLUTIONS: readonly ((random: RandomAvro, name: string) => Pair)[] = [
  function stays(random, name) {
    const field = { name, type: random.type(1) };
    return { writer: field, reader: field };
  },
  function added(random, name) {
    return {
      writer: undefined,
      reader: { name, ...DEFAULTS[random.int(0, DEFAULTS.length - 1)]! },
    };
  },
  function removed(random, name) {
    return { writer: { name, type: random.type(2) }, reader: undefined };
  },
  function renamed(random, name) {
    const type = random.type(1);
    return {
      writer: { name: `old_${name}`, type },
      reader: { name, type, aliases: ['other', `old_${name}`] },
    };
  },
  function promoted(random, name) {
    const [from, to] = PROMOTIONS[random.int(0, PROMOTIONS.length - 1)]!;
    return { writer: { name, type: from }, reader: { name, type: to as Schema } };
  },
];

/**
 * Two versions of one record, with the fields in an order of their own, and inside one of them the
 * same again.
 */
function versions(
  random: RandomAvro,
  depth: number,
): { writer: RecordSchema; reader: RecordSchema } {
  const pairs = Array.from({ length: random.int(1, 5) }, (_, i) => {
    return EVOLUTIONS[random.int(0, EVOLUTIONS.length - 1)]!(random, `f${i}`);
  });
  if (depth > 0) {
    const below = versions(random, depth - 1);
    const nullable = (type: Schema): Schema => (random.chance(0.5) ? type : ['null', type]);
    const writerNullable = nullable(below.writer);
    const readerNullable = Array.isArray(writerNullable)
      ? ['null', below.reader]
      : nullable(below.reader);
    pairs.push({
      writer: { name: 'in', type: writerNullable },
      reader: { name: 'in', type: readerNullable },
    });
  }
  const fields = (side: 'writer' | 'reader') => {
    const present = pairs.map((pair) => pair[side]).filter((field) => field !== undefined);
    return random.draw(() => fc.shuffledSubarray(present, { minLength: present.length }));
  };
  const name = `Version${depth}`;
  return {
    writer: { type: 'record', name, fields: fields('writer') },
    reader: { type: 'record', name, fields: fields('reader') },
  };
}

/** Paths of the reader, with those a column can be made of (no records). */
function paths({ fields }: RecordSchema, prefix = ''): string[] {
  return fields.flatMap(({ name, type }) => {
    const record = (Array.isArray(type) ? type[1] : type) as RecordSchema;
    return name === 'in' ? paths(record, `${prefix}in.`) : [prefix + name];
  });
}

describe('schema evolution against avsc', () => {
  it('reads what a writer wrote as its resolver does', async () => {
    const property = fc.asyncProperty(fc.gen(), async (g) => {
      const random = new RandomAvro(g, 'nullable');
      const { writer, reader } = defineOnce(versions(random, 2));
      const all = paths(reader);
      const node = parseSchema(reader);
      const [fields, carry] = [
        random.some(all).map((path) => contractual(needOf(random, node, path), node)),
        random.some(all),
      ];
      const decoder = givenDecoder({ reader, writers: { 4: writer }, fields, carry });
      const [written, read] = [plainType(writer), plainType(reader)];
      const bytes = written.toBuffer(random.value(writer));
      const events = await decoder.decode([
        framed(4, bytes),
        framed(4, Buffer.concat([bytes, bytes, Buffer.of(1)])),
      ]);

      expect(fatesOf(events)).toEqual(['alive', 'AVRO_TRAILING_BYTES']);
      const root = {
        type: read,
        value: read.fromBuffer(bytes, read.createResolver(written)) as unknown,
      };
      fields.forEach((need, slot) => {
        expect({ need, cells: cellsOf(events.columns[slot]!, 0) }).toEqual({
          need,
          cells: expectedCells(root, need),
        });
      });
      decoder.carry.forEach(({ path, schema, nullBytes }, slot) => {
        const seen = wrappedAt(root, path);
        const expected =
          seen === undefined ? nullBytes : plainType(schema).toBuffer(inOutput(seen, nullBytes));
        expect({ path, bytes: carriedBytes(events, slot, 0) }).toEqual({ path, bytes: expected });
      });
    });
    await fc.assert(property, { numRuns: 300, endOnFailure: true });
  });
});

/**
 * A contract wants `long` only of fields that are one in the latest schema; here they may have
 * become a double. A field of several types there may have been of only one for its writer, and of
 * no use as another.
 */
function contractual(need: ProjectedField, reader: SchemaNode): ProjectedField {
  const found = findPath(reader, need.path);
  const several = isFound(found) && branchesOf(found.node).length > 1;
  return {
    ...need,
    as: need.as === 'long' ? 'number' : need.as,
    optional: need.optional || several,
  };
}

/** A named type that several fields have is defined at its first place only. */
function defineOnce({ writer, reader }: { writer: RecordSchema; reader: RecordSchema }) {
  const once = (schema: RecordSchema): RecordSchema => {
    const known = new Set<string>();
    const text = JSON.stringify(schema, (_key, node: unknown) => {
      const name = (node as { name?: string; type?: string } | null)?.name;
      if (name !== 'Inner' && name !== 'Colour') return node;
      if (known.has(name)) return name;
      known.add(name);
      return node;
    });
    return JSON.parse(text) as RecordSchema;
  };
  return { writer: once(writer), reader: once(reader) };
}
