import { parseSchema } from '../../src/decode/avro-schema.ts';
import { compile } from '../../src/decode/compile.ts';
import { definedTwice } from '../../src/encode/one-definition.ts';
import { differenceOf } from '../../src/encode/as-registered.ts';
import { carryTypes, scoreSchema } from '../../src/encode/score-schema.ts';
import type { ProjectedField } from '../../src/flow/projection.ts';
import { fieldPaths } from '../../src/flow/schema-node.ts';
import { makeContract } from '../../src/map/contract.ts';
import type { Input } from './linear-inputs.ts';
import { many } from './many.ts';

type Field = Record<string, unknown>;

const record = (name: string, fields: readonly Field[], more: Field = {}): Field => ({
  type: 'record',
  name,
  fields,
  ...more,
});
const event = (...fields: readonly Field[]): Field => record('Event', fields);
const field = (name: string, type: unknown, more: Field = {}): Field => ({ name, type, ...more });
const numbers = (size: number): Field[] => many(size, (i) => field(`f${i}`, 'double'));

/** A writer's schema and a reader's, and what is needed of them. */
interface Pair {
  readonly writer: unknown;
  readonly reader?: unknown;
  readonly projection?: readonly string[];
  readonly carry?: readonly string[];
}

/** From texts to a program, as for a writer that is met. */
const compiling = ({
  writer,
  reader = writer,
  projection = [],
  carry = ['c'],
}: Pair): (() => unknown) => {
  const [writerText, readerText] = [JSON.stringify(writer), JSON.stringify(reader)];
  const fields = projection.map((path): ProjectedField => ({ path, as: 'number', optional: true }));
  return () => {
    const [from, to] = [parseSchema(writerText), parseSchema(readerText)];
    const types = carryTypes(to, carry);
    const targets = types.map(({ path, schema, nullBytes }) => ({
      path,
      nullBytes,
      node: parseSchema(schema),
    }));
    compile(from, to, new Map(fields.entries()), targets);
    differenceOf(from, to);
    definedTwice(targets.map(({ node }) => node));
    scoreSchema(types);
    fieldPaths(to);
    return from.schema();
  };
};

const enumOf = (symbols: readonly string[], more: Field = {}): Field => ({
  type: 'enum',
  name: 'E',
  symbols,
  ...more,
});
const symbols = (size: number): string[] => many(size, (i) => `S${i}`);

/** Records that each name the one before twice: few bytes, and paths without number. */
const shared = (size: number, prefix = 'R'): Field[] =>
  many(size, (i) =>
    record(
      `${prefix}${i}`,
      i === 0
        ? [field('x', 'int')]
        : [field('a', `${prefix}${i - 1}`), field('b', `${prefix}${i - 1}`)],
    ),
  );

export const SCHEMAS: Readonly<Record<string, Input>> = {
  'fields of a record that is carried': (size) =>
    compiling({ writer: event(field('c', record('C', numbers(size)))) }),
  'fields of a record in another order': (size) =>
    compiling({
      writer: event(field('c', record('C', numbers(size)))),
      reader: event(field('c', record('C', numbers(size).reverse()))),
    }),
  'fields that are features': (size) =>
    compiling({
      writer: event(...numbers(size)),
      carry: ['f0'],
      projection: many(size, (i) => `f${i}`),
    }),
  'fields that are carried each': (size) =>
    compiling({ writer: event(...numbers(size)), carry: many(size, (i) => `f${i}`) }),
  'fields that the writer has not': (size) =>
    compiling({
      writer: event(field('c', 'int')),
      reader: event(field('c', 'int'), ...numbers(size).map((one) => ({ ...one, default: 1 }))),
      projection: many(size, (i) => `f${i}`),
    }),
  'fields that were renamed': (size) =>
    compiling({
      writer: event(field('c', record('C', numbers(size)))),
      reader: event(
        field(
          'c',
          record(
            'C',
            numbers(size).map((one, i) => ({ ...one, name: `g${i}`, aliases: ['x', `f${i}`] })),
          ),
        ),
      ),
    }),
  'aliases of a field': (size) =>
    compiling({
      writer: event(field('c', 'int')),
      reader: event(field('c', 'int', { aliases: many(size, (i) => `a${i}`) })),
    }),
  'symbols of an enum': (size) =>
    compiling({
      writer: event(field('c', enumOf(symbols(size)))),
      reader: event(field('c', enumOf(symbols(size).reverse()))),
    }),
  'symbols that the reader has not': (size) =>
    compiling({
      writer: event(field('c', enumOf(symbols(size)))),
      reader: event(field('c', enumOf(['Z'], { default: 'Z' }))),
    }),
  'branches of a union': (size) =>
    compiling({
      writer: event(
        field(
          'c',
          many(size, (i) => record(`a.B${i}`, [field('x', 'int')])),
        ),
      ),
    }),
  'branches of a union in another order': (size) =>
    compiling({
      writer: event(
        field(
          'c',
          many(size, (i) => record(`a.B${i}`, [field('x', 'int')])),
        ),
      ),
      reader: event(
        field('c', many(size, (i) => record(`a.B${i}`, [field('x', 'int')])).reverse()),
      ),
    }),
  'branches of a union that were renamed': (size) =>
    compiling({
      writer: event(
        field(
          'c',
          many(size, (i) => record(`a.B${i}`, [field('x', 'int')])),
        ),
      ),
      reader: event(
        field(
          'c',
          many(size, (i) => record(`b.N${i}`, [field('x', 'int')], { aliases: [`a.B${i}`] })),
        ),
      ),
    }),
  'types that name the one before twice': (size) =>
    compiling({ writer: event(field('c', [...shared(size / 10)])) }),
  'types of one writer and others of the reader': (size) =>
    compiling({
      writer: event(field('c', shared(size / 10))),
      reader: event(field('c', [...shared(size / 10), 'null'])),
    }),
  'unions of a type and null, one in the other': (size) =>
    compiling({
      writer: event(
        ...many(size / 100, (i) =>
          field(
            `g${i}`,
            many(100, () => 0).reduce<unknown>(
              (inner, _, d) => ({ type: 'array', items: ['null', d === 0 ? 'int' : inner] }),
              'int',
            ),
          ),
        ),
        field('c', 'int'),
      ),
    }),
  'bytes of a default': (size) =>
    compiling({
      writer: event(field('c', 'int')),
      reader: event(
        field('c', 'int'),
        field('d', { type: 'array', items: 'int' }, { default: many(size, (i) => i) }),
      ),
    }),
  'letters of a default of a union': (size) =>
    compiling({
      writer: event(field('c', 'int')),
      reader: event(
        field('c', 'int'),
        field('d', ['null', 'string', 'bytes'], { default: 'x'.repeat(size) }),
        ...many(size / 100, (i) => field(`e${i}`, ['int', 'string'], { default: 'a' })),
      ),
    }),
  'features of a contract': (size) => {
    const [node, features] = [
      parseSchema(event(...numbers(size))),
      many(size, (i) => ({ field: `f${i}`, transforms: [] })),
    ];
    return () =>
      makeContract(
        node,
        [{ name: 'x', features }],
        [{ name: 'x', type: 'float32', columns: size, flat: false, rows: null }],
        'model.yaml',
      );
  },
  'features that no field has': (size) => {
    const [node, features] = [
      parseSchema(event(field('a', 'int'))),
      many(size, (i) => ({ field: `f${i}`, transforms: [] })),
    ];
    return () =>
      makeContract(
        node,
        [{ name: 'x', features }],
        [{ name: 'x', type: 'float32', columns: size, flat: false, rows: null }],
        'model.yaml',
      );
  },
};
