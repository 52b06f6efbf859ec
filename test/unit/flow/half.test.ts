import { fromHalfBits, halfBits, roundToHalf } from '../../../src/flow/half.ts';

/** The engine's own halves, where it has them, are the oracle. */
const { Float16Array: Halves } = globalThis as unknown as {
  readonly Float16Array: new (of: ArrayBuffer | number[]) => ArrayLike<number>;
};
const ALL = Array.from({ length: 0x10000 }, (_, bits) => bits);

test('every pattern of 16 bits is the number that the engine takes it for, and back', () => {
  const theirs = new Halves(Uint16Array.from(ALL).buffer);
  // Gathered, because a hundred thousand expectations take longer than everything else here.
  const wrong = ALL.filter((bits) => {
    const number = fromHalfBits(bits);
    const back = Number.isNaN(number) || halfBits(number) === bits;
    return !Object.is(number, theirs[bits]) || !back;
  });
  expect(wrong).toEqual([]);
});

test('a number is rounded as the engine rounds it: to the nearest, ties to even, too large ones to infinity', () => {
  const beside = ALL.map(fromHalfBits).filter(Number.isFinite);
  const numbers = [
    ...beside.flatMap((half, i) => [
      half,
      (half + beside[(i + 1) % beside.length]!) / 2,
      half * 1.0001,
      half * 0.99999,
    ]),
    65519.99,
    65520,
    -65520,
    1e6,
    2 ** -25,
    2 ** -25 * 1.01,
    5e-324,
    NaN,
    Infinity,
    -Infinity,
  ];
  const theirs = new Halves(numbers);
  expect(numbers.filter((number, i) => !Object.is(roundToHalf(number), theirs[i]))).toEqual([]);
});
