import { inputSignature, zeros } from '../../../src/infer/onnx-input.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

type Metadata = Parameters<typeof inputSignature>[0];
const metadata = (type: string, ...shape: (string | number)[]): Metadata => ({
  name: 'x',
  isTensor: true,
  type: type as 'float32',
  shape,
});

describe('the signature of an input', () => {
  it.each<[string, Metadata, object]>([
    ['[N]', metadata('float32', 'N'), { columns: 1, flat: true, rows: null }],
    ['[N,k]', metadata('float16', '', 3), { columns: 3, flat: false, rows: null }],
    ['[4,?]', metadata('uint8', 4, 'k'), { columns: null, flat: false, rows: 4 }],
    [
      '[N,10,3]',
      metadata('float32', -1, 10, 3),
      { columns: 30, flat: false, rows: null, inner: [10, 3] },
    ],
    [
      '[N,?,3]',
      metadata('float32', 'N', 'time', 3),
      { columns: null, flat: false, rows: null, inner: [null, 3] },
    ],
  ])('of %s', (_what, given, expected) => {
    expect(inputSignature(given, 'm.onnx')).toEqual({
      name: 'x',
      type: given.isTensor && given.type,
      ...expected,
    });
  });

  it.each<[string, Metadata, RegExp]>([
    ['of a type that nothing feeds', metadata('bfloat16', 'N', 1), /tensor of bfloat16/],
    [
      'of one number for all events',
      metadata('float32'),
      /one number for the whole batch, or its shape is unknown/,
    ],
    [
      'with a name that no object has',
      { ...metadata('float32', 'N'), name: '__proto__' },
      /called __proto__/,
    ],
    ['that is no tensor', { name: 'x', isTensor: false }, /not a tensor/],
  ])('is refused %s', async (_what, given, what) => {
    const { problems } = await scorerErrorOf(() => inputSignature(given, 'm.onnx'));
    expect(problems[0]).toMatchObject({
      code: 'MODEL_INPUT',
      where: 'm.onnx',
      remedy: expect.stringContaining('Export the model') as unknown,
    });
    expect(problems[0]!.what).toMatch(what);
  });
});

test('zeros are laid out as the columns are, and as ones where those do not say', () => {
  const input = inputSignature(metadata('int64', 'N', 'time', 'kind'), 'm.onnx');
  const spec = { name: 'x', features: [{ field: 'f', matrix: [3, 2], transforms: [] }] };
  expect(zeros(input, spec, 2)).toMatchObject({
    rows: 2,
    columns: 6,
    inner: [3, 2],
    values: new BigInt64Array(12),
  });
  expect(zeros(input, undefined, 2)).toMatchObject({ columns: 1, inner: [1, 1] });
});
