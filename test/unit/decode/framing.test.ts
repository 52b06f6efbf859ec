import fc from 'fast-check';
import { fatesOf, framed, givenDecoder } from '../../support/avro-given.ts';
import { framingError, schemaKeyFromHeaders } from '../../../src/decode/framing.ts';
import type { SchemaKey } from '../../../src/decode/registry.ts';
import type { Headers } from '../../../src/flow/headers.ts';

const EVENT = { type: 'record', name: 'Event', fields: [{ name: 'amount', type: 'double' }] };
const AMOUNT = Buffer.from([0, 0, 0, 0, 0, 0, 0xf8, 0x3f]); // 1.5

const uint32 = (id: number, before: number[] = []): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return Buffer.concat([Buffer.from(before), bytes]);
};

function keyIn(headers: Headers): SchemaKey | undefined {
  return schemaKeyFromHeaders({ offset: '0', timestamp: '0', key: null, value: AMOUNT, headers });
}

describe('framing', () => {
  it('takes the id after the magic byte, all 32 bits of it', async () => {
    const { decode, registry } = givenDecoder({ reader: EVENT, writers: { 0xfffffffe: EVENT } });
    expect(fatesOf(await decode([framed(0xfffffffe, AMOUNT)]))).toEqual(['alive']);
    expect(registry.asked).toEqual([0xfffffffe]);
  });

  it('gives each break of it a code of its own', async () => {
    const { decode, registry } = givenDecoder({ reader: EVENT });
    const values = [[], [1], [0], [0, 0, 0, 0], [123, 34], [255, 0, 0, 0, 1]].map((bytes) =>
      Buffer.from(bytes),
    );
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

  it('asks for a schema by its GUID, whatever the value begins with', async () => {
    const { decode, registry } = givenDecoder({ reader: EVENT });
    const headers = { __value_schema_id: Buffer.concat([Buffer.of(1), Buffer.alloc(16, 7)]) };
    registry.schemas.set('guid 07070707-0707-0707-0707-070707070707', EVENT);
    expect(fatesOf(await decode([{ value: AMOUNT, headers }]))).toEqual(['alive']);
    registry.schemas.set('guid 08080808-0808-0808-0808-080808080808', 'SCHEMA_ID_KIND');
    const other = { __value_schema_id: Buffer.concat([Buffer.of(1), Buffer.alloc(16, 8)]) };
    expect(fatesOf(await decode([{ value: AMOUNT, headers: other }]))).toEqual(['SCHEMA_ID_KIND']);
  });

  it('keeps numbers of different kinds apart', async () => {
    const { decode, registry } = givenDecoder({ reader: EVENT, writers: { 5: EVENT } });
    const headers = { 'apicurio.value.globalId': uint32(5) };
    const events = await decode([framed(5, AMOUNT), { value: AMOUNT, headers }]);
    expect(fatesOf(events)).toEqual(['alive', 'SCHEMA_ID_UNKNOWN']);
    expect(registry.asked).toEqual([5, 'globalId 5']);
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
    ['Apicurio content id, 4 bytes', { 'apicurio.value.contentId': uint32(78) }, 'contentId 78'],
    [
      'Apicurio content id, 8 bytes',
      { 'apicurio.value.contentId': uint32(79, [0, 0, 0, 0]) },
      'contentId 79',
    ],
    [
      'Apicurio global id, 8 bytes',
      { 'apicurio.value.globalId': uint32(80, [0, 0, 0, 0]) },
      'globalId 80',
    ],
    [
      'a name given twice: the last, as the serializers take it',
      { 'apicurio.value.globalId': [uint32(1), uint32(81)] },
      'globalId 81',
    ],
    [
      'a header as text',
      { 'apicurio.value.contentId': uint32(82).toString('latin1') },
      'contentId 82',
    ],
    [
      'Apicurio global id beyond 2^53',
      { 'apicurio.value.globalId': Buffer.from('7ffffffffffffffe', 'hex') },
      'globalId 9223372036854775806',
    ],
    [
      'Confluent GUID',
      { __value_schema_id: Buffer.from('01897917622336186f967436b00b34d8f7', 'hex') },
      'guid 89791762-2336-186f-9674-36b00b34d8f7',
    ],
    ['another magic byte', { __value_schema_id: uint32(83, [1]) }, undefined],
    ['another length', { 'apicurio.value.contentId': Buffer.from([1, 2]) }, undefined],
    ['the id of the key', { __key_schema_id: uint32(84, [0]) }, undefined],
    ['no such header', { traceparent: 'x' }, undefined],
  ])('%s', (_name, headers, key) => {
    expect(keyIn(headers)).toBe(key);
  });

  it('leaves the value whole: all of it is Avro', async () => {
    const { decode, registry } = givenDecoder({
      reader: EVENT,
      writers: { 5: EVENT },
      fields: [{ path: 'amount', as: 'number', optional: false }],
    });
    const events = await decode([
      { value: AMOUNT, headers: { __value_schema_id: uint32(5, [0]) } },
    ]);
    expect(fatesOf(events)).toEqual(['alive']);
    expect(events.columns[0]!.values[0]).toBe(1.5);
    expect(registry.asked).toEqual([5]);
  });
});
