import type { Problem } from '../../../src/errors.ts';
import { columnsOf } from '../../../src/flow/features.ts';
import { contractOf, input, problemsOf, takes, type Feature } from './given.ts';

/** The only problem of one feature that feeds a tensor of one column. */
function problemOf(
  given: Feature,
  type: Parameters<typeof takes>[2] = 'float32',
): Problem | undefined {
  const spec = input('x', given);
  const problems = problemsOf([spec], [takes('x', columnsOf(spec), type)]);
  expect(problems.length).toBeLessThanOrEqual(1);
  return problems[0];
}

describe('paths', () => {
  it.each([
    ['amuont', 'amount'],
    ['merchant.contry', 'merchant.country'],
    ['merchant_country', 'merchant.country'],
    ['Amount', 'amount'],
  ])('suggests the nearest for %s', (wrong, right) => {
    expect(problemOf(wrong)).toMatchObject({
      code: 'CONTRACT_FIELD',
      remedy: `Did you mean ${right}?`,
    });
  });

  it('names the column in model.yaml, and suggests nothing where nothing is near', () => {
    const [problem] = problemsOf([input('x', 'amount', 'weatherForecast')], [takes('x', 2)]);
    expect(problem).toEqual({
      code: 'CONTRACT_FIELD',
      what: 'the event has no field weatherForecast',
      where: 'model.yaml inputs.x[1]',
    });
  });
});

describe('inputs and columns', () => {
  it('says which side has how many columns', () => {
    const [problem] = problemsOf([input('x', 'amount', 'count')], [takes('x', 15)]);
    expect(problem).toMatchObject({ code: 'MODEL_INPUT', where: 'model.yaml inputs.x' });
    expect(problem!.what).toBe('model.yaml lists 2 columns for x, but the model takes 15');
  });

  it('takes any count where the model leaves it open, but not none', () => {
    expect(problemsOf([input('x', 'amount', 'count')], [takes('x', null)])).toEqual([]);
    expect(problemsOf([input('x')], [takes('x', null)])[0]).toMatchObject({ code: 'MODEL_INPUT' });
  });

  it('names inputs that nothing feeds, and inputs that the model does not have', () => {
    const [unknown, unfed, ...rest] = problemsOf(
      [input('feature', 'amount')],
      [takes('features', 1)],
    );
    expect(rest).toEqual([]);
    expect(unknown).toMatchObject({ code: 'MODEL_INPUT', remedy: 'Did you mean features?' });
    expect(unknown!.what).toContain('feature');
    expect(unfed).toMatchObject({ code: 'MODEL_INPUT' });
    expect(unfed!.what).toContain('features of the model (float32[N,1])');
  });

  it('finds everything that is wrong at once', () => {
    const specs = [input('x', 'amuont', 'category', 'count'), input('z', 'amount')];
    const problems = problemsOf(specs, [takes('x', 2), takes('y', 1)]);
    const codes = problems.map(({ code }) => code);
    expect(codes).toEqual([
      'MODEL_INPUT',
      'MODEL_INPUT',
      'MODEL_INPUT',
      'CONTRACT_FIELD',
      'CONTRACT_TYPE',
    ]);
    expect(problems.filter(({ where }) => where === undefined)).toEqual([]);
  });
});

describe('types', () => {
  it('says how a text becomes a number', () => {
    for (const field of ['category', 'channel']) {
      const problem = problemOf(field)!;
      expect(problem).toMatchObject({ code: 'CONTRACT_TYPE', where: 'model.yaml inputs.x[0]' });
      expect(problem.what).toContain('the model takes float32');
      expect(problem.remedy).toContain('categories');
    }
  });

  const fine: readonly [string, Feature, Parameters<typeof takes>[2]][] = [
    ['an int as float', 'count', 'float32'],
    ['a boolean as double', 'known', 'float64'],
    ['a nullable double', 'limit', 'float32'],
    ['a union with a number in it', 'mixed', 'float32'],
    ['a long as int64', 'id', 'int64'],
    ['a boolean as bool', 'known', 'bool'],
    ['a transformed double as int', { field: 'amount', transforms: [{ kind: 'log1p' }] }, 'int32'],
    ['a string tensor of a string', 'category', 'string'],
    ['a string tensor of an enum', 'channel', 'string'],
    ['categories of an enum', { field: 'channel', categories: ['WEB'] }, 'int64'],
    ['categories of numbers', { field: 'count', categories: [1, 2] }, 'float32'],
    ['a part of a time', { field: 'at', part: 'hourOfDay' }, 'int32'],
    ['NaN for what is missing', { field: 'limit', missing: NaN }, 'float32'],
    [
      'a category for what is missing',
      { field: 'category', categories: ['a'], missing: 'a' },
      'float32',
    ],
    ['a decimal as float', 'price', 'float32'],
    ['a decimal without fraction as int64', 'cents', 'int64'],
    ['fixed bytes as a string', 'code', 'string'],
    ['categories of fixed bytes', { field: 'code', categories: ['DE'] }, 'float32'],
    ['a length of an array', { field: 'items', part: 'length' }, 'int64'],
    ['a length of a map', { field: 'attributes', part: 'length' }, 'float32'],
    ['a length of a text', { field: 'category', part: 'length' }, 'int32'],
    ['a length of bytes', { field: 'blob', part: 'length' }, 'int32'],
    ['a field of an element', 'items[2].price', 'float32'],
    ['an element as text', 'words[0]', 'string'],
    ['an entry of a map', { field: 'attributes["a b"]', oneHot: ['x', 'y'] }, 'float32'],
    ['a vector', { field: 'embedding', vector: 16 }, 'float32'],
    ['one-hot columns of numbers', { field: 'count', oneHot: [1, 2], unknown: 'zeros' }, 'bool'],
    [
      'one-hot columns of a part',
      { field: 'at', part: 'dayOfWeek', oneHot: [6, 7], unknown: 'column' },
      'float32',
    ],
    [
      'a one-hot value for what is missing',
      { field: 'category', oneHot: ['a'], missing: 'a' },
      'float32',
    ],
    [
      'any value for what is missing, where unknown says what it is',
      { field: 'category', oneHot: ['a'], missing: 'b', unknown: 'zeros' },
      'float32',
    ],
    ['the hour of a time of the day', { field: 'clock', part: 'hourOfDay' }, 'float32'],
    ['the weekday of a date', { field: 'day', part: 'dayOfWeek' }, 'float32'],
    ['the hour of a local time', { field: 'local', part: 'hourOfDay' }, 'float32'],
    ['a text for what is missing', { field: 'category', missing: 'none' }, 'string'],
  ];
  it.each(fine)('accepts %s', (_name, given, type) => {
    expect(problemOf(given, type)).toBeUndefined();
  });

  const wrong: readonly [string, Feature, Parameters<typeof takes>[2], RegExp][] = [
    ['a fraction as int32', 'amount', 'int32', /amount is double, but the model takes int32/],
    ['a fraction as bool', 'amount', 'bool', /takes bool/],
    ['a record', 'merchant', 'float32', /merchant is record Merchant/],
    ['a number as string', 'amount', 'string', /but the model takes a string/],
    ['a part of a text', { field: 'category', part: 'hourOfDay' }, 'float32', /takes a time/],
    [
      'texts as categories of a number',
      { field: 'count', categories: ['a'] },
      'float32',
      /categories are strings/,
    ],
    [
      'numbers as categories of a text',
      { field: 'category', categories: [1] },
      'float32',
      /categories are numbers/,
    ],
    [
      'categories for a string tensor',
      { field: 'category', categories: ['a'] },
      'string',
      /does not take categories/,
    ],
    [
      'a text for a missing number',
      { field: 'limit', missing: 'none' },
      'float32',
      /must be a number/,
    ],
    [
      'a missing text without index',
      { field: 'category', categories: ['a'], missing: 'b' },
      'int32',
      /categories/,
    ],
    [
      'a decimal with a fraction as int64',
      'price',
      'int64',
      /price is null \| decimal of scale 2 \(bytes\), but the model takes int64/,
    ],
    ['bytes as float', 'blob', 'float32', /blob is bytes, but the model takes float32/],
    ['an array as float', 'words', 'float32', /words is array, but the model takes float32/],
    ['a map as float', 'attributes', 'float32', /attributes is map/],
    [
      'a length of a number',
      { field: 'amount', part: 'length' },
      'float32',
      /takes an array, a map, a string or bytes/,
    ],
    [
      'a vector of texts',
      { field: 'words', vector: 2 },
      'float32',
      /but vector takes an array of numbers/,
    ],
    [
      'a vector of a number',
      { field: 'amount', vector: 2 },
      'float32',
      /but vector takes an array of numbers/,
    ],
    [
      'a vector of fractions as int64',
      { field: 'embedding', vector: 2 },
      'int64',
      /array of whole numbers for int64/,
    ],
    ['a vector as string', { field: 'embedding', vector: 2 }, 'string', /does not take vector/],
    [
      'one-hot columns as string',
      { field: 'category', oneHot: ['a'] },
      'string',
      /does not take oneHot/,
    ],
    [
      'a transform as string',
      { field: 'category', transforms: [{ kind: 'log' }] },
      'string',
      /does not take a transform/,
    ],
    [
      'one-hot texts of a number',
      { field: 'count', oneHot: ['a'] },
      'float32',
      /its oneHot are strings/,
    ],
    [
      'one-hot texts of a part',
      { field: 'at', part: 'hourOfDay', oneHot: ['a'] },
      'float32',
      /is a number, but its oneHot are strings/,
    ],
    [
      'a missing value that no one-hot column has',
      { field: 'category', oneHot: ['a'], missing: 'b' },
      'float32',
      /not one of its oneHot values/,
    ],
    [
      'the weekday of a time of the day',
      { field: 'clock', part: 'dayOfWeek' },
      'float32',
      /which has no dayOfWeek/,
    ],
    [
      'the hour of a date',
      { field: 'day', part: 'hourOfDay' },
      'float32',
      /which has no hourOfDay/,
    ],
    [
      'a time zone for a local time',
      { field: 'local', part: 'hourOfDay', timeZone: 'UTC' },
      'float32',
      /already in local time/,
    ],
    [
      'a time of two units',
      { field: 'times', part: 'dayOfWeek' },
      'float32',
      /takes a time in one known unit/,
    ],
    [
      'a missing number that no int32 holds',
      { field: 'count', missing: 2 ** 31 },
      'int32',
      /too large.*int32/,
    ],
    [
      'a fraction for a missing whole number',
      { field: 'count', missing: 0.5 },
      'int32',
      /not a whole number.*int32/,
    ],
    [
      'NaN for a missing whole number',
      { field: 'count', missing: NaN },
      'int64',
      /not finite.*int64/,
    ],
  ];
  it.each(wrong)('refuses %s', (_name, given, type, what) => {
    const problem = problemOf(given, type);
    expect(problem).toMatchObject({ code: 'CONTRACT_TYPE', where: 'model.yaml inputs.x[0]' });
    expect(problem!.what).toMatch(what);
    expect(problem!.remedy).toBeDefined();
  });

  it('takes one field as a number here and as text there', () => {
    const { fields } = contractOf(
      [input('x', 'mixed'), input('s', 'mixed')],
      [takes('x', 1), takes('s', 1, 'string')],
    );
    expect(fields.map(({ path, as }) => [path, as])).toEqual([
      ['mixed', 'number'],
      ['mixed', 'text'],
    ]);
  });
});

describe('what is needed of the events', () => {
  it('lists each path once, and requires it where one of its columns does', () => {
    const { fields, inputs } = contractOf(
      [
        input('x', { field: 'amount', missing: 0 }, 'count', 'amount', {
          field: 'limit',
          missing: 1,
        }),
        input('s', { field: 'category', missing: '' }),
      ],
      [takes('x', 4), takes('s', 1, 'string', true)],
    );
    expect(fields).toEqual([
      { path: 'amount', as: 'number', optional: false },
      { path: 'count', as: 'number', optional: false },
      { path: 'limit', as: 'number', optional: true },
      { path: 'category', as: 'text', optional: true },
    ]);
    expect(inputs.map(({ columns }) => columns.map(({ slot }) => slot))).toEqual([
      [0, 1, 0, 2],
      [3],
    ]);
    expect(inputs.map(({ name, type, flat }) => [name, type, flat])).toEqual([
      ['x', 'float32', false],
      ['s', 'string', true],
    ]);
  });

  it('counts the columns of one-hot groups and vectors, and takes each value once in each way', () => {
    const specs = [
      input(
        'x',
        { field: 'category', oneHot: ['a', 'b'], unknown: 'column' },
        'amount',
        { field: 'embedding', vector: 4, missing: 0 },
        { field: 'embedding', part: 'length' },
        { field: 'category', categories: ['a'] },
      ),
    ];
    const { fields, inputs } = contractOf(specs, [takes('x', 10)]);
    expect(inputs[0]!.columns.map(({ slot, at, width }) => [slot, at, width])).toEqual([
      [0, 0, 3],
      [1, 3, 1],
      [2, 4, 4],
      [3, 8, 1],
      [0, 9, 1],
    ]);
    expect(inputs[0]!.width).toBe(10);
    expect(fields[2]).toEqual({ path: 'embedding', as: 'vector', size: 4, optional: true });
    expect(fields).toHaveLength(4);
    expect(problemsOf(specs, [takes('x', 9)])[0]!.what).toBe(
      'model.yaml lists 10 columns for x, but the model takes 9',
    );
  });

  it('says how to take what is in an array', () => {
    expect(problemOf('items.price')!).toMatchObject({
      code: 'CONTRACT_FIELD',
      what: 'the event has no field items.price: items is null | array',
      remedy:
        'Take one element, such as items[0].price, or take the number of elements: { field: items, part: length }.',
    });
  });

  it('knows the unit of times', () => {
    const fields = ['at', 'atMicros', 'atNanos', 'day', 'id'].map((field) => ({
      field,
      part: 'epochSeconds' as const,
    }));
    const { inputs } = contractOf([input('x', ...fields)], [takes('x', 5)]);
    expect(inputs[0]!.columns.map(({ unitMs }) => unitMs)).toEqual([1, 1e-3, 1e-6, 86_400_000, 1]);
    expect(inputs[0]!.columns.map(({ nullable }) => nullable)).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);
  });
});
