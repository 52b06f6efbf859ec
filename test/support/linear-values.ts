import { ByteSink } from '../../src/decode/byte-sink.ts';
import { parseSchema } from '../../src/decode/avro-schema.ts';
import { jsonEncoder } from '../../src/decode/avro-json.ts';
import { jsonText } from '../../src/decode/json-text.ts';
import { framed, givenDecoder, number, type Given } from './avro-given.ts';
import type { Input } from './linear-inputs.ts';
import { many } from './many.ts';

const event = (type: unknown) => ({ type: 'record', name: 'Event', fields: [{ name: 'f', type }] });
const array = (items: unknown) => ({ type: 'array', items });
const map = (values: unknown) => ({ type: 'map', values });

/** Bytes as they are put together. */
function bytes(write: (sink: ByteSink) => void): Buffer {
  const sink = new ByteSink(2 ** 30, () => {
    throw new Error('full');
  });
  write(sink);
  return sink.take();
}

/** Decoding of one value in several ways; what is refused has to be refused in linear time, too. */
const decoding = (given: Given, value: Buffer, records = 1): (() => unknown) => {
  const { decode } = givenDecoder(given);
  const batch = many(records, () => framed(1, value));
  return () => decode(batch);
};

const blocks = (size: number, each: (sink: ByteSink, i: number) => void, inBlock = 1): Buffer =>
  bytes((sink) => {
    for (let i = 0; i < size; i += inBlock) {
      sink.long(inBlock);
      for (let j = i; j < i + inBlock; j++) each(sink, j);
    }
    sink.byte(0);
  });

const longs = (size: number, inBlock = 1): Buffer =>
  blocks(
    size,
    (sink, i) => {
      sink.long(i);
    },
    inBlock,
  );
const entries = (size: number): Buffer =>
  blocks(
    size,
    (sink, i) => {
      sink.text(`k${i}`);
      sink.long(i);
    },
    size,
  );
const tree = { type: 'record', name: 'T', fields: [{ name: 'kids', type: array('T') }] };

export const VALUES: Readonly<Record<string, Input>> = {
  'records of a batch': (size) =>
    decoding(
      { reader: event('long'), fields: [number('f')], carry: ['f'] },
      bytes((sink) => {
        sink.long(7);
      }),
      size,
    ),
  'elements of an array that is carried': (size) =>
    decoding({ reader: event(array('long')), carry: ['f'] }, longs(size, size)),
  'blocks of an array that is carried': (size) =>
    decoding({ reader: event(array('long')), carry: ['f'] }, longs(size)),
  'elements that are rewritten': (size) =>
    decoding(
      {
        reader: event(array(['null', 'double'])),
        writers: { 1: event(array('long')) },
        carry: ['f'],
      },
      longs(size),
    ),
  'records in another order of fields': (size) => {
    const record = (...names: string[]) => ({
      type: 'record',
      name: 'R',
      fields: names.map((name) => ({ name, type: 'long' })),
    });
    return decoding(
      {
        reader: event(array(record('b', 'a'))),
        writers: { 1: event(array(record('a', 'b'))) },
        carry: ['f'],
      },
      blocks(
        size,
        (sink, i) => {
          sink.long(i);
          sink.long(i);
        },
        size,
      ),
    );
  },
  'elements of a vector': (size) =>
    decoding(
      {
        reader: event(array('long')),
        fields: [{ path: 'f', as: 'vector', size, optional: false }],
      },
      longs(size),
    ),
  'elements beyond a vector': (size) =>
    decoding(
      {
        reader: event(array('long')),
        fields: [{ path: 'f', as: 'vector', size: 3, optional: true }],
      },
      longs(size),
    ),
  'elements that are counted': (size) =>
    decoding(
      { reader: event(array('string')), fields: [{ path: 'f', as: 'length', optional: true }] },
      blocks(size, (sink) => {
        sink.text('a');
      }),
    ),
  'elements behind one that is wanted': (size) =>
    decoding({ reader: event(array('long')), fields: [number('f[1]', true)] }, longs(size)),
  'elements that are wanted': (size) =>
    decoding(
      { reader: event(array('long')), fields: many(size, (i) => number(`f[${i}]`, true)) },
      longs(size),
    ),
  'entries of a map of which one is wanted': (size) =>
    decoding({ reader: event(map('long')), fields: [number('f.k1', true)] }, entries(size)),
  'entries of a map that are wanted': (size) =>
    decoding(
      { reader: event(map('long')), fields: many(size, (i) => number(`f.k${i}`, true)) },
      entries(size),
    ),
  'letters of a text': (size) =>
    decoding(
      {
        reader: event('string'),
        carry: ['f'],
        fields: [
          { path: 'f', as: 'length', optional: true },
          { path: 'f', as: 'text', optional: true },
        ],
      },
      bytes((sink) => {
        sink.text('é'.repeat(10 * size));
      }),
    ),
  'digits of a decimal': (size) =>
    decoding(
      {
        reader: event({ type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }),
        fields: [number('f', true)],
      },
      bytes((sink) => {
        sink.sized(Buffer.alloc(size, 1));
      }),
      100,
    ),
  'branches of recursive records': (size) =>
    decoding(
      { reader: event(tree), carry: ['f'] },
      bytes((sink) => {
        sink.long(size);
        for (let i = 0; i < size; i++) sink.byte(0);
        sink.byte(0);
      }),
    ),
  'lines of JSON into bytes and back': (size) => {
    const node = parseSchema(event([...['null', array(map(['null', 'string', 'long']))]]));
    const [encode, text] = [jsonEncoder(node), jsonText(node)];
    const json = { f: many(size, (i) => ({ a: i, [`b${i % 7}`]: 'x', c: null })) };
    return () => text(encode(json));
  },
};
