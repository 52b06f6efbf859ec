import { ByteSink } from '../../../src/decode/byte-sink.ts';
import { longBytes } from '../../../src/encode/avro-bytes.ts';

it.each([
  0,
  -1,
  63,
  -64,
  64,
  2 ** 31,
  -(2 ** 31),
  2 ** 52,
  -(2 ** 52),
  2 ** 52 - 1,
  8.64e15,
  -8.64e15,
  2 ** 53,
  -(2 ** 53),
  2 ** 53 - 1,
])('writes %d as a long of 64 bits has it', (value) => {
  const sink = new ByteSink(20, () => {
    throw new Error('full');
  });
  sink.long(BigInt(value));
  expect(longBytes(value)).toEqual(sink.take());
});
