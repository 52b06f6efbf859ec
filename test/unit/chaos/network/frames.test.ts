import {
  APIS,
  correlationOf,
  FrameSplitter,
  headOf,
  nameOf,
} from '../../../../chaos/network/frames.ts';

function frame(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length, 0);
  return Buffer.concat([length, body]);
}

const FRAMES = [5, 4, 100, 17].map((bytes) => frame(Buffer.alloc(bytes, bytes)));
const STREAM = Buffer.concat(FRAMES);

describe('the frames in a stream', () => {
  it.each([1, 2, 3, 5, 7, 64, STREAM.length])(
    'are found whole when %d bytes come at a time',
    (size) => {
      const splitter = new FrameSplitter();
      const found: Buffer[] = [];
      for (let at = 0; at < STREAM.length; at += size)
        found.push(...splitter.push(STREAM.subarray(at, at + size)));
      expect(found).toEqual(FRAMES);
    },
  );

  it.each([-1, 3, 200 * 1024 * 1024])('end at a length of %d, which is none of Kafka', (length) => {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32BE(length, 0);
    expect(() => new FrameSplitter().push(bytes)).toThrow('is no length of a Kafka frame');
  });

  it('say which request they are', () => {
    const head = Buffer.from([0, 26, 0, 1, 0, 0, 1, 0]);
    expect(headOf(frame(head))).toEqual({ key: APIS.EndTxn, version: 1, correlationId: 256 });
    expect(correlationOf(frame(Buffer.from([0, 0, 0, 9, 1])))).toBe(9);
    expect(() => headOf(frame(Buffer.alloc(7)))).toThrow('has no head');
    expect(nameOf(26)).toBe('EndTxn');
    expect(nameOf(99)).toBe('api 99');
  });
});
