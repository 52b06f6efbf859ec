import fc from 'fast-check';
import { readDecimal } from '../../../src/decode/decimal.ts';

const read = (hex: string, scale: number): number =>
  readDecimal(Buffer.from(hex, 'hex'), 0, hex.length / 2, scale);

/** Two's complement, most significant byte first, with some bytes of nothing but sign before it. */
function bytesOf(value: bigint, extra: number): Buffer {
  let size = 1;
  while (BigInt.asIntN(8 * size, value) !== value) size++;
  size += extra;
  return Buffer.from(
    BigInt.asUintN(8 * size, value)
      .toString(16)
      .padStart(2 * size, '0'),
    'hex',
  );
}

describe('a decimal', () => {
  it.each<[string, number, number]>([
    ['00', 2, 0],
    ['7f', 0, 127],
    ['80', 0, -128],
    ['0080', 0, 128],
    ['ff7f', 0, -129],
    ['ff', 2, -0.01],
    ['04d2', 2, 12.34],
    ['fb2e', 2, -12.34],
    ['ffffffffffffffffffffffffffffff', 0, -1],
    ['7fffffffffff', 3, 140737488355.327],
  ])('%s with scale %i', (hex, scale, value) => {
    expect(read(hex, scale)).toBe(value);
  });

  it('is the nearest double of any number, whatever its size and its scale', () => {
    const numbers = fc.oneof(
      fc.bigInt(-(2n ** 63n), 2n ** 63n),
      fc.bigInt(-(10n ** 90n), 10n ** 90n),
    );
    fc.assert(
      fc.property(numbers, fc.nat(40), fc.nat(20), fc.nat(3), (value, scale, extra, before) => {
        const bytes = bytesOf(value, extra);
        const amid = Buffer.concat([Buffer.alloc(before, 7), bytes, Buffer.of(9)]);
        expect(readDecimal(amid, before, before + bytes.length, scale)).toBe(
          Number(`${value}e-${scale}`),
        );
      }),
    );
  });

  it('is infinite beyond a double, in no more time than its bytes take', () => {
    const huge = Buffer.alloc(4_000_000, 0x7f);
    expect(readDecimal(huge, 0, huge.length, 2)).toBe(Infinity);
    huge[0] = 0x80;
    expect(readDecimal(huge, 0, huge.length, 2)).toBe(-Infinity);
    expect(readDecimal(Buffer.alloc(4_000_000, 0xff), 0, 4_000_000, 1)).toBe(-0.1);
  });
});
