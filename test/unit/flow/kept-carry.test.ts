import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { avroReshape } from '../../../src/decode/avro-reshape.ts';
import { findCarried } from '../../../src/flow/carry-path.ts';
import { keepingCarried } from '../../../src/flow/kept-carry.ts';
import type { SchemaNode } from '../../../src/flow/schema-node.ts';

const record = (name: string, fields: Record<string, unknown>) => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
});
const kept = (now: unknown, before: unknown, ...paths: string[]): SchemaNode =>
  keepingCarried(parseSchema(now), parseSchema(before), paths, avroReshape);
const typeOf = (node: SchemaNode, path: string): unknown => {
  const found = findCarried(node, path)?.node;
  return found?.kind === 'union'
    ? found.branches.map((branch) => branch.schema())
    : found?.schema();
};

describe('a carried field that a newer schema leaves out', () => {
  it('stays as what it was, or null', () => {
    const node = kept(
      record('R', { a: 'int' }),
      record('R', { a: 'int', b: ['string', 'long'] }),
      'b',
      'a',
    );
    expect(typeOf(node, 'b')).toEqual(['null', 'string', 'long']);
    expect(node).toMatchObject({
      fields: [{ name: 'a' }, { name: 'b', default: null, defaultBytes: Buffer.of(0) }],
    });
  });

  it('stays in each type of a union, also in one that is new', () => {
    const node = kept(
      [record('A', {}), record('C', {})],
      [record('A', { id: 'int' }), record('B', { id: 'int' })],
      'id',
    );
    expect(typeOf(node, 'id')).toEqual(['null', 'int']);
  });

  it('leaves alone what is there, what never was, and other places of the same type', () => {
    const now = parseSchema(record('R', { a: 'int', t: record('T', { t: ['null', 'T'] }) }));
    expect(
      keepingCarried(now, parseSchema(record('R', { a: 'long' })), ['a', 'b', 't.x'], avroReshape),
    ).toBe(now);
    const before = record('R', { t: record('T', { t: ['null', 'T'], x: 'int' }) });
    const node = kept(record('R', { t: record('T', { t: ['null', 'T'] }) }), before, 't.x');
    expect(typeOf(node, 't.x')).toEqual(['null', 'int']);
    expect(findCarried(node, 't.t.x')).toBeUndefined();
  });
});
