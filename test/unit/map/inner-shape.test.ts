import { contractOf, input, problemsOf, takes, type Feature } from './given.ts';

const dims = (...inner: readonly (number | null)[]) => ({ ...takes('x', null), inner });
const laid = (model: ReturnType<typeof dims>, ...features: readonly Feature[]) =>
  contractOf([input('x', ...features)], [model]).inputs[0]!.inner;
const problem = (model: ReturnType<typeof dims>, ...features: readonly Feature[]) =>
  problemsOf([input('x', ...features)], [model])[0];

const window = (...matrix: readonly number[]): Feature => ({ field: 'window', matrix });
const series = (field: string, vector: number): Feature => ({ field, vector });

describe('columns are laid out in an input of several dimensions', () => {
  it.each<[string, ReturnType<typeof dims>, readonly Feature[], readonly number[]]>([
    ['a matrix in its own dimensions', dims(4, 3), [window(4, 3)], [4, 3]],
    ['a matrix in open ones', dims(null, null), [window(4, 3)], [4, 3]],
    ['a matrix with a dimension of one before it', dims(1, null, 3), [window(4, 3)], [1, 4, 3]],
    ['a matrix with a dimension of one behind it', dims(4, 3, 1), [window(4, 3)], [4, 3, 1]],
    ['three dimensions', dims(2, 3, 4), [{ field: 'cube', matrix: [2, 3, 4] }], [2, 3, 4]],
    ['a vector', dims(5, 1), [series('embedding', 5)], [5, 1]],
    ['a vector in an open dimension', dims(null, 1), [series('embedding', 5)], [5, 1]],
    ['a vector as one step of a series', dims(1, null), [series('embedding', 5)], [1, 5]],
    ['single columns', dims(1, 2), ['amount', 'count'], [1, 2]],
    ['single columns, row by row', dims(2, 2), ['amount', 'count', 'amount', 'count'], [2, 2]],
  ])('%s', (_what, model, features, inner) => {
    expect(laid(model, ...features)).toEqual(inner);
  });

  it('not at all in one of two dimensions', () => {
    expect(contractOf([input('x', window(2, 2))], [takes('x', 4)]).inputs[0]).toMatchObject({
      width: 4,
      columns: [{ width: 4 }],
    });
    expect(contractOf([input('x', window(2, 2))], [takes('x', 4)]).inputs[0]).not.toHaveProperty(
      'inner',
    );
  });
});

describe('what could mean two layouts is asked about', () => {
  it.each<[string, ReturnType<typeof dims>, readonly Feature[], RegExp]>([
    ['a matrix of another size', dims(4, 3), [window(3, 4)], /matrix is \[3, 4\]/],
    [
      'a matrix beside something',
      dims(4, 3),
      [window(4, 2), 'amount'],
      /together with other columns/,
    ],
    ['too few columns', dims(4, 3), ['amount'], /the layout of 1 columns/],
    ['two open dimensions', dims(null, null), [series('embedding', 4)], /the layout of 4 columns/],
    [
      'vectors that may be rows or columns',
      dims(2, 2),
      [series('embedding', 2), series('second', 2)],
      /rows or its columns/,
    ],
    [
      'vectors that are neither',
      dims(4, 3),
      [series('embedding', 6), series('second', 6)],
      /neither/,
    ],
    ['one vector for a whole matrix', dims(4, 3), [series('embedding', 12)], /neither/],
  ])('%s', (_what, model, features, what) => {
    const found = problem(model, ...features)!;
    expect(found).toMatchObject({ code: 'MODEL_INPUT', where: 'model.yaml inputs.x' });
    expect(found.what).toMatch(what);
    expect(found.remedy).toContain('matrix');
  });
});

describe('a matrix is checked against the field', () => {
  const readings = (width: number, fields?: readonly string[]): Feature => ({
    field: 'readings',
    matrix: [3, width],
    ...(fields === undefined ? {} : { fields }),
  });

  it.each<[string, Feature, RegExp]>([
    ['an array of numbers', { field: 'second', matrix: [3, 2] }, /second is array/],
    ['no array', { field: 'amount', matrix: [3, 2] }, /amount is double/],
    ['fewer depths than it has', { field: 'cube', matrix: [3, 2] }, /cube is array/],
    ['records with a text among their fields', readings(3), /no number field unit/],
    [
      'records with more fields',
      readings(2),
      /takes 2 fields of the record Reading, but the record has 3/,
    ],
    ['fields that are not there', readings(2, ['heat', 'cold']), /no number field cold/],
    ['a field twice', readings(2, ['heat', 'heat']), /twice/],
    [
      'fields of what is no record',
      { field: 'window', matrix: [3, 2], fields: ['a', 'b'] },
      /no records/,
    ],
  ])('%s', (_what, feature, what) => {
    const found = problemsOf([input('x', feature)], [dims(null, null)]);
    expect(found.map((one) => one.code)).toContain('CONTRACT_TYPE');
    expect(found.map((one) => one.what).join()).toMatch(what);
  });

  it('and read as its records have it, or as `fields` say', () => {
    expect(contractOf([input('x', readings(2, ['speed', 'heat']))], [dims(3, 2)]).fields).toEqual([
      {
        path: 'readings',
        as: 'vector',
        size: 6,
        dims: [3, 2],
        fields: ['speed', 'heat'],
        optional: false,
      },
    ]);
  });
});
