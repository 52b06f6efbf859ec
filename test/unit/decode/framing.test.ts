import fc from 'fast-check';
import { fatesOf, framed, givenDecoder } from '../../support/avro-given.ts';
import { framingError, schemaIdFromHeaders } from '../../../src/decode/framing.ts';
import type { Headers } from '../../../src/flow/record.ts';

const EVENT = { type: 'record', name: 'Event', fields: [{ name: 'amount', type: 'double' }] };
const AMOUNT = Buffer.from([0, 0, 0, 0, 0, 0, 0xf8, 0x3f]); // 1.5

const uint32 = (id: number, before: number[] = []): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return Buffer.concat([Buffer.from(before), bytes]);
};

function idIn(headers: Headers): number | undefined {
  return schemaIdFromHeaders({ offset: '0', timestamp: '0', key: null, value: AMOUNT, headers });
}

describe('framing', () => {
  it('takes the id after the magic byte, all 32 bits of it', async () => {
    const { decode, registry } = givenDecoder({ reader: EVENT, writers: { 0xfffffffe: EVENT } });
    expect(fatesOf(await decode([framed(0xfffffffe, AMOUNT)]))).toEqual(['alive']);
    expect(registry.asked).toEqual([0xfffffffe]);
  });

  it('gives each break of it a code of its own', async () => {
    const { decode, registry } = givenDecoder({ reader: EVENT });
    const values = [[], [1], [0], [0, 0, 0, 0], [123, 34], [255, 0, 0, 0, 1]].map((bytes) => Buffer.from(bytes));
    expect(fatesOf(await decode(values))).toEqual([
      'VALUE_EMPTY',
      'WIRE_MAGIC_BYTE',
      'WIRE_TOO_SHORT',
      'WIRE_TOO_SHORT',
      'WIRE_MAGIC_BYTE',
      'WIRE_MAGIC_BYTE',
    ]);
    expect(registry.asked).toEqual([]);
  });

  it('says of a GUID in a header that it is one, whatever the value begins with', async () => {
    const { decode } = givenDecoder({ reader: EVENT });
    const headers = { __value_schema_id: Buffer.concat([Buffer.of(1), Buffer.alloc(16, 7)]) };
    const { fates } = await decode([{ value: AMOUNT, headers }]);
    expect(fates.rejects.map(({ code }) => code)).toEqual(['SCHEMA_ID_UNKNOWN']);
    expect(fates.rejects[0]!.message).toContain('GUID');
  });

  it('finds nothing wrong with a value just because it has no Avro bytes', () => {
    expect(framingError(framed(1, Buffer.alloc(0)))).toBeUndefined();
  });

  it('says of any bytes either an error or none, by their first byte and length alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
        const fine = bytes.length >= 5 && bytes[0] === 0;
        expect(framingError(Buffer.from(bytes)) === undefined).toBe(fine);
      }),
    );
  });
});

describe('ids in headers', () => {
  it.each([
    ['Confluent, magic byte and 4 bytes', { __value_schema_id: uint32(77, [0]) }, 77],
    ['Apicurio content id, 4 bytes', { 'apicurio.value.contentId': uint32(78) }, 78],
    ['Apicurio content id, 8 bytes', { 'apicurio.value.contentId': uint32(79, [0, 0, 0, 0]) }, 79],
    ['Apicurio global id, 8 bytes', { 'apicurio.value.globalId': uint32(80, [0, 0, 0, 0]) }, 80],
    ['a name given twice: the first', { 'apicurio.value.globalId': [uint32(81), uint32(1)] }, 81],
    ['a header as text', { 'apicurio.value.contentId': uint32(82).toString('latin1') }, 82],
    ['another magic byte', { __value_schema_id: uint32(83, [1]) }, undefined],
    ['another length', { 'apicurio.value.contentId': Buffer.from([1, 2]) }, undefined],
    ['the id of the key', { __key_schema_id: uint32(84, [0]) }, undefined],
    ['no such header', { traceparent: 'x' }, undefined],
  ])('%s', (_name, headers, id) => {
    expect(idIn(headers)).toBe(id);
  });

  it('leaves the value whole: all of it is Avro', async () => {
    const { decode, registry } = givenDecoder({
      reader: EVENT,
      writers: { 5: EVENT },
      fields: [{ path: 'amount', as: 'number', optional: false }],
    });
    const events = await decode([{ value: AMOUNT, headers: { __value_schema_id: uint32(5, [0]) } }]);
    expect(fatesOf(events)).toEqual(['alive']);
    expect(events.columns[0]!.values[0]).toBe(1.5);
    expect(registry.asked).toEqual([5]);
  });
});
