import { framed, fatesOf, givenDecoder, number, text } from '../../support/avro-given.ts';

const BAD = [
  Buffer.of(0xff),
  Buffer.of(0x61, 0xc3),
  Buffer.of(0xed, 0xa0, 0x80),
  Buffer.of(0xc0, 0x80),
];
const sized = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(2 * bytes.length), bytes]);
const event = (type: unknown) => ({ type: 'record', name: 'Event', fields: [{ name: 'f', type }] });

/** What becomes of a text that is no UTF-8, and of one that is. */
async function fates(
  given: Parameters<typeof givenDecoder>[0],
  value: (text: Buffer) => Buffer,
): Promise<string[]> {
  const { decode } = givenDecoder(given);
  const texts = [...BAD, Buffer.from('größe \ufffd')];
  return fatesOf(await decode(texts.map((one) => framed(1, value(one)))));
}

const REFUSED = [...BAD.map(() => 'AVRO_INVALID'), 'alive'];
const map = event({ type: 'map', values: 'int' });
const entry = (key: Buffer): Buffer => Buffer.concat([Buffer.of(2), sized(key), Buffer.of(2, 0)]);

describe('a text that is no UTF-8 is not read as another one', () => {
  it.each<[string, Parameters<typeof givenDecoder>[0], (text: Buffer) => Buffer]>([
    ['as a feature', { reader: event('string'), fields: [text('f')] }, sized],
    [
      'by its length',
      { reader: event('string'), fields: [{ ...number('f'), as: 'length' }] },
      sized,
    ],
    [
      'as bytes that became a string',
      { reader: event('string'), writers: { 1: event('bytes') }, fields: [text('f')] },
      sized,
    ],
    ['carried', { reader: event('string'), carry: ['f'] }, sized],
    [
      'carried, bytes that became a string',
      { reader: event('string'), writers: { 1: event('bytes') }, carry: ['f'] },
      sized,
    ],
    ['as a key of a carried map', { reader: map, carry: ['f'] }, entry],
    [
      'as a key of a carried map that is rewritten',
      { reader: event({ type: 'map', values: 'long' }), writers: { 1: map }, carry: ['f'] },
      entry,
    ],
  ])('%s', async (_name, given, value) => {
    expect(await fates(given, value)).toEqual(REFUSED);
  });

  it('but it stops nothing where nobody asks for it', async () => {
    const reader = {
      ...event('string'),
      fields: [
        { name: 'f', type: 'string' },
        { name: 'n', type: 'int' },
      ],
    };
    const value = (one: Buffer): Buffer => Buffer.concat([sized(one), Buffer.of(2)]);
    expect(new Set(await fates({ reader, fields: [number('n')] }, value))).toEqual(
      new Set(['alive']),
    );
    expect(new Set(await fates({ reader: event('bytes'), carry: ['f'] }, sized))).toEqual(
      new Set(['alive']),
    );
  });
});
