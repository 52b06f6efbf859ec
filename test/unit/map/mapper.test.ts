import fc from 'fast-check';
import { ABSENT, MISMATCH, NULL, TOO_MANY } from '../../../src/flow/events.ts';
import type { TensorType } from '../../../src/flow/tensors.ts';
import { contractOf, input, mapColumns, mapOne, takes } from './given.ts';

const [none, absent, other] = [{ state: NULL }, { state: ABSENT }, { state: MISMATCH }];

describe('tensors', () => {
  const cases: readonly [
    TensorType,
    string,
    readonly (number | bigint | string)[],
    readonly unknown[],
  ][] = [
    ['float32', 'amount', [0.1, -2], [Math.fround(0.1), -2]],
    ['float64', 'amount', [0.1, 1e300], [0.1, 1e300]],
    ['int32', 'count', [-(2 ** 31), 2 ** 31 - 1], [-(2 ** 31), 2 ** 31 - 1]],
    ['int64', 'id', [-(2 ** 53), 2 ** 53], [-(2n ** 53n), 2n ** 53n]],
    ['int64', 'id', [-(2n ** 63n), 2n ** 63n - 1n], [-(2n ** 63n), 2n ** 63n - 1n]],
    ['float16', 'amount', [1, -2.0004], [0x3c00, 0xc000]],
    ['uint8', 'count', [0, 255], [0, 255]],
    ['int8', 'count', [-128, 127], [-128, 127]],
    ['uint16', 'count', [0, 65535], [0, 65535]],
    ['int16', 'count', [-32768, 32767], [-32768, 32767]],
    ['uint32', 'id', [0, 2 ** 32 - 1], [0, 2 ** 32 - 1]],
    ['uint64', 'id', [0, 2 ** 60], [0n, 2n ** 60n]],
    ['bool', 'known', [1, 0], [1, 0]],
    ['bool', 'count', [256, -1], [1, 1]],
    ['string', 'category', ['travel', ''], ['travel', '']],
  ];
  it.each(cases)('writes %s of %s', (type, field, cells, values) => {
    const mapped = mapOne(type, field, cells);
    expect(mapped.fates).toEqual(['alive', 'alive']);
    expect(mapped.values).toEqual(values);
    expect(mapped.tensors[0]).toMatchObject({ name: 'x', type, rows: 2, columns: 1, flat: false });
  });

  it('lays columns out row by row, in several inputs, from one field as often as it is named', () => {
    const scaled = { field: 'amount', transforms: [{ kind: 'scale', mean: 1, std: 2 } as const] };
    const contract = contractOf(
      [input('x', 'count', scaled, 'amount'), input('s', 'category')],
      [takes('x', 3, 'float64'), takes('s', 1, 'string', true)],
    );
    const { tensors } = mapColumns(contract, [
      [1, 2],
      [10, 20],
      ['a', 'b'],
    ]);
    expect([...(tensors[0]!.values as Float64Array)]).toEqual([1, 4.5, 10, 2, 9.5, 20]);
    expect(tensors[1]).toEqual({
      name: 's',
      type: 'string',
      rows: 2,
      columns: 1,
      flat: true,
      values: ['a', 'b'],
    });
  });

  it('leaves rows alone that are dead already', () => {
    const contract = contractOf([input('x', 'amount')], [takes('x', 1)]);
    const { fates, values } = mapColumns(contract, [[1, 2, 3]], [1]);
    expect(fates).toEqual(['alive', 'AVRO_INVALID', 'alive']);
    expect(values).toEqual([1, 0, 3]);
  });
});

describe('what is not there', () => {
  it('kills a row without a value, and names the field', () => {
    const { fates, messages } = mapOne('float32', 'limit', [1, none, absent]);
    expect(fates).toEqual(['alive', 'FIELD_NULL', 'FIELD_NULL']);
    expect(messages[0]).toContain('limit');
    expect(mapOne('string', 'category', [none, absent, 'a']).fates).toEqual([
      'FIELD_NULL',
      'FIELD_NULL',
      'alive',
    ]);
  });

  it('counts the living rows in which `missing` stood in, a field once a row however often it is used', () => {
    const limit = { field: 'limit', missing: 0 };
    const specs = [
      input('x', limit, { ...limit, transforms: [{ kind: 'log1p' }] }, 'amount', {
        field: 'count',
        missing: 1,
      }),
    ];
    const contract = contractOf(specs, [takes('x', 4)]);
    const cells = [
      [1, none, absent, none, other],
      [1, 2, 3, none, 5],
      [1, 2, 3, 4, 5],
    ];
    const { missing, fates } = mapColumns(contract, cells, [1]);
    expect(fates).toEqual(['alive', 'AVRO_INVALID', 'alive', 'FIELD_NULL', 'FIELD_TYPE']);
    expect(missing).toEqual({ limit: 1 });
  });

  it('counts a row of a vector once', () => {
    const { missing } = mapOne('float32', { field: 'embedding', vector: 2, missing: 0 }, [
      1,
      2,
      none,
      none,
      5,
      absent,
    ]);
    expect(missing).toEqual({ embedding: 2 });
  });

  it('takes `missing` for null and absent, before the transforms', () => {
    const given = { field: 'limit', missing: Math.E - 1, transforms: [{ kind: 'log1p' } as const] };
    const { values, fates } = mapOne('float64', given, [0, none, absent]);
    expect(fates).toEqual(['alive', 'alive', 'alive']);
    expect(values.map((value) => Number(value).toFixed(9))).toEqual([
      '0.000000000',
      '1.000000000',
      '1.000000000',
    ]);
    expect(mapOne('string', { field: 'category', missing: 'none' }, [none, 'a']).values).toEqual([
      'none',
      'a',
    ]);
    expect(mapOne('int64', { field: 'id', missing: -1 }, [none, 7]).values).toEqual([-1n, 7n]);
  });

  it('takes NaN where `missing` says so: models of trees know it', () => {
    const { values, fates } = mapOne('float32', { field: 'limit', missing: NaN }, [none, 2, NaN]);
    expect(fates).toEqual(['alive', 'alive', 'FEATURE_NOT_FINITE']);
    expect(values.slice(0, 2)).toEqual([NaN, 2]);
  });

  it('does not take `missing` for a value of another type', () => {
    expect(mapOne('float32', { field: 'mixed', missing: 0 }, [other, none]).fates).toEqual([
      'FIELD_TYPE',
      'alive',
    ]);
    expect(mapOne('string', { field: 'category', missing: '' }, [other]).fates).toEqual([
      'FIELD_TYPE',
    ]);
  });
});

describe('numbers that no model should see', () => {
  it.each([NaN, Infinity, -Infinity])('kills %p', (value) => {
    for (const type of ['float32', 'float64'] as const) {
      const { fates, messages } = mapOne(type, 'amount', [value, 1]);
      expect(fates).toEqual(['FEATURE_NOT_FINITE', 'alive']);
      expect(messages).toEqual(['amount is not a finite number']);
    }
  });

  it('kills what overflows a float32, and not a float64', () => {
    expect(mapOne('float32', 'amount', [3.4e38, 3.5e38]).fates).toEqual([
      'alive',
      'FEATURE_NOT_FINITE',
    ]);
    expect(mapOne('float64', 'amount', [3.4e38, 3.5e38]).fates).toEqual(['alive', 'alive']);
  });

  it('kills what a whole-number tensor would wrap around', () => {
    expect(mapOne('int32', 'id', [2 ** 31, -(2 ** 31) - 1, 5]).fates).toEqual([
      'FIELD_TYPE',
      'FIELD_TYPE',
      'alive',
    ]);
    const edge = 2 ** 63;
    const scaled = { field: 'id', transforms: [{ kind: 'scale', mean: 0, std: 1 } as const] };
    expect(mapOne('int64', scaled, [edge, -edge, edge - 1024]).fates).toEqual([
      'FIELD_TYPE',
      'alive',
      'alive',
    ]);
  });

  it.each(['int8', 'int32', 'int64', 'uint64'] as const)(
    'kills a fraction that a transform leaves for %s',
    (type) => {
      const halves = { field: 'amount', transforms: [{ kind: 'scale', mean: 0, std: 2 } as const] };
      expect(mapOne(type, halves, [4, 5]).fates).toEqual(['alive', 'FIELD_TYPE']);
      const limit = { ...halves, field: 'limit' };
      expect(mapOne(type, { ...limit, missing: 3 }, [none]).fates).toEqual(['FIELD_TYPE']);
      expect(mapOne(type, { ...limit, missing: 6 }, [none]).values).toHaveLength(1);
    },
  );

  it('kills what a transform makes infinite', () => {
    const log = { field: 'amount', transforms: [{ kind: 'log' } as const] };
    expect(mapOne('float32', log, [0, -1, 1]).fates).toEqual([
      'FEATURE_NOT_FINITE',
      'FEATURE_NOT_FINITE',
      'alive',
    ]);
  });
});

describe('transforms', () => {
  it('applies them in the order written', () => {
    const clip = { kind: 'clip', min: 0, max: 10 } as const;
    const scale = { kind: 'scale', mean: 4, std: 2 } as const;
    const run = (...transforms: readonly (typeof clip | typeof scale)[]) =>
      mapOne('float64', { field: 'amount', transforms }, [-6, 100]).values;
    expect(run(clip, scale)).toEqual([-2, 3]);
    expect(run(scale, clip)).toEqual([0, 10]);
  });

  it('computes each of them as its name says', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e6, noNaN: true }), (amount) => {
        const run = (kind: 'log' | 'log1p') =>
          mapOne('float64', { field: 'amount', transforms: [{ kind }] }, [amount]);
        expect(Math.exp(Number(run('log').values[0]))).toBeCloseTo(amount, 5);
        expect(Math.expm1(Number(run('log1p').values[0]))).toBeCloseTo(amount, 5);
      }),
    );
  });
});

describe('categories', () => {
  const texts = { field: 'category', categories: ['grocery', 'travel'] };
  const numbers = { field: 'count', categories: [5411, 4111, 0] };

  it('turns texts and numbers into their index', () => {
    expect(mapOne('float32', texts, ['travel', 'grocery']).values).toEqual([1, 0]);
    expect(mapOne('int64', numbers, [4111, 0, 5411]).values).toEqual([1n, 2n, 0n]);
  });

  it('kills one that is not listed, unless `unknown` gives it an index', () => {
    const { fates, messages } = mapOne('float32', texts, ['food', 'travel']);
    expect(fates).toEqual(['CATEGORY_UNKNOWN', 'alive']);
    expect(messages).toEqual(['category is not one of its categories']);
    expect(mapOne('float32', numbers, [1]).fates).toEqual(['CATEGORY_UNKNOWN']);
    expect(mapOne('float32', { ...texts, unknown: -1 }, ['food', 'Travel']).values).toEqual([
      -1, -1,
    ]);
    expect(mapOne('int32', { ...numbers, unknown: 9 }, [1, 0]).values).toEqual([9, 2]);
  });

  it('takes `missing` as a category or as an index of its own, never as unknown', () => {
    expect(
      mapOne('float32', { ...texts, missing: 'travel', unknown: -1 }, [none, 'x']).values,
    ).toEqual([1, -1]);
    expect(mapOne('float32', { ...texts, missing: -7 }, [absent]).values).toEqual([-7]);
    expect(mapOne('float32', { ...texts, unknown: -1 }, [none]).fates).toEqual(['FIELD_NULL']);
  });
});

describe('one-hot columns', () => {
  const given = { field: 'category', oneHot: ['a', 'b'] };

  it('sets the column of the value, in any type of number', () => {
    expect(mapOne('float32', given, ['b', 'a']).values).toEqual([0, 1, 1, 0]);
    expect(mapOne('int64', given, ['a']).values).toEqual([1n, 0n]);
    expect(mapOne('bool', { field: 'count', oneHot: [7, 8] }, [8]).values).toEqual([0, 1]);
  });

  it('kills what is not listed, unless `unknown` says what becomes of it', () => {
    const dead = mapOne('float32', given, ['c', 'a']);
    expect([dead.fates, dead.messages]).toEqual([
      ['CATEGORY_UNKNOWN', 'alive'],
      ['category is not one of its categories'],
    ]);
    expect(mapOne('float32', { ...given, unknown: 'zeros' }, ['c', 'b']).values).toEqual([
      0, 0, 0, 1,
    ]);
    expect(mapOne('float32', { ...given, unknown: 'column' }, ['c', 'b']).values).toEqual([
      0, 0, 1, 0, 1, 0,
    ]);
  });

  it('takes `missing` as a value: a listed one, or any other where `unknown` allows it', () => {
    expect(mapOne('float32', { ...given, missing: 'b' }, [none, 'a']).values).toEqual([0, 1, 1, 0]);
    expect(
      mapOne('float32', { ...given, missing: '', unknown: 'column' }, [absent]).values,
    ).toEqual([0, 0, 1]);
    expect(mapOne('float32', { ...given, unknown: 'zeros' }, [none]).fates).toEqual(['FIELD_NULL']);
    expect(mapOne('float32', { ...given, missing: 'a' }, [other]).fates).toEqual(['FIELD_TYPE']);
  });

  it('stands where its place in the matrix is', () => {
    const contract = contractOf([input('x', 'amount', given, 'count')], [takes('x', 4)]);
    const { values } = mapColumns(contract, [
      [1.5, 2.5],
      ['b', 'a'],
      [7, 8],
    ]);
    expect(values).toEqual([1.5, 0, 1, 7, 2.5, 1, 0, 8]);
  });

  it('and categories take the parts of times', () => {
    const [saturday, monday] = [Date.UTC(2026, 10, 28), Date.UTC(2026, 10, 30)];
    const weekend = { field: 'at', part: 'dayOfWeek', oneHot: [6, 7], unknown: 'zeros' } as const;
    expect(mapOne('float32', weekend, [saturday, monday]).values).toEqual([1, 0, 0, 0]);
    const { values } = mapOne(
      'float32',
      { field: 'at', part: 'dayOfWeek', categories: [7, 6], unknown: -1 },
      [saturday, monday],
    );
    expect(values).toEqual([1, -1]);
  });
});

describe('vectors', () => {
  const given = { field: 'embedding', vector: 2 };

  it('fill a column for each element, transformed alike', () => {
    expect(mapOne('float32', given, [1, 2, 3, 4]).values).toEqual([1, 2, 3, 4]);
    const scaled = { ...given, transforms: [{ kind: 'scale', mean: 1, std: 2 } as const] };
    expect(mapOne('float64', scaled, [1, 2]).values).toEqual([0, 0.5]);
  });

  it('take `missing` for elements that are not there, and are dead letters without it, or with too many', () => {
    const cells = [1, absent, none, none, { state: TOO_MANY }, 9, other, 1, 5, 6];
    const { fates, messages } = mapOne('float32', given, cells);
    expect(fates).toEqual(['FIELD_NULL', 'FIELD_NULL', 'FIELD_TYPE', 'FIELD_TYPE', 'alive']);
    expect(messages.slice(0, 3)).toEqual([
      'embedding is null, or one of its 2 elements is null or absent, and model.yaml gives no missing value',
      'embedding is null, or one of its 2 elements is null or absent, and model.yaml gives no missing value',
      'embedding has more than 2 elements',
    ]);
    const filled = mapOne('float32', { ...given, missing: -1 }, cells);
    expect(filled.fates).toEqual(['alive', 'alive', 'FIELD_TYPE', 'FIELD_TYPE', 'alive']);
    expect(filled.values.slice(0, 4)).toEqual([1, -1, -1, -1]);
    expect(filled.values.slice(8)).toEqual([5, 6]);
  });
});

describe('parts of times', () => {
  const instant = Date.UTC(2026, 10, 23, 15, 59, 59, 999);

  it('reads the field in its own unit', () => {
    const hour = (field: string, value: number) =>
      mapOne('float64', { field, part: 'hourOfDay' }, [value]).values[0];
    expect([
      hour('at', instant),
      hour('atMicros', instant * 1e3),
      hour('atNanos', instant * 1e6),
    ]).toEqual([15, 15, 15]);
    const day = Math.floor(instant / 86_400_000);
    expect(mapOne('int32', { field: 'day', part: 'dayOfMonth' }, [day]).values).toEqual([23]);
  });

  it('reads it in its time zone, and transforms it like any number', () => {
    const given = { field: 'at', part: 'hourOfDay', timeZone: 'Asia/Kolkata' } as const;
    expect(mapOne('float64', given, [instant]).values).toEqual([21]);
    const scaled = { ...given, transforms: [{ kind: 'scale', mean: 12, std: 6 } as const] };
    expect(mapOne('float64', scaled, [instant]).values).toEqual([1.5]);
  });

  it('kills what is no time, in UTC and elsewhere', () => {
    for (const timeZone of [undefined, 'Europe/Paris']) {
      for (const part of ['hourOfDay', 'isWeekend', 'monthOfYear'] as const) {
        const given = { field: 'amount', part, ...(timeZone === undefined ? {} : { timeZone }) };
        expect(mapOne('float32', given, [NaN, Infinity, 1e18]).fates).toEqual(
          Array(3).fill('FEATURE_NOT_FINITE'),
        );
      }
    }
  });
});

describe('a type that cannot hold the number', () => {
  it.each<[TensorType, string, number, string]>([
    ['uint8', 'count', -1, 'FIELD_TYPE'],
    ['uint8', 'count', 256, 'FIELD_TYPE'],
    ['int8', 'count', -129, 'FIELD_TYPE'],
    ['uint16', 'count', 65536, 'FIELD_TYPE'],
    ['int16', 'count', 32768, 'FIELD_TYPE'],
    ['uint32', 'id', -1, 'FIELD_TYPE'],
    ['uint64', 'id', -1, 'FIELD_TYPE'],
    ['float16', 'amount', 65520, 'FEATURE_NOT_FINITE'],
    ['float16', 'amount', NaN, 'FEATURE_NOT_FINITE'],
  ])('%s of %s: %d is %s', (type, field, value, code) => {
    expect(mapOne(type, field, [value, 1]).fates).toEqual([code, 'alive']);
  });
});

describe('inputs of several dimensions', () => {
  const laid = (inner: readonly (number | null)[]) => ({ ...takes('x', null), inner });

  it('takes a matrix as it lies', () => {
    const contract = contractOf(
      [input('x', { field: 'window', matrix: [2, 3] })],
      [laid([null, 3])],
    );
    const { tensors } = mapColumns(contract, [[1, 2, 3, 4, 5, 6]]);
    expect(tensors[0]).toMatchObject({
      rows: 1,
      columns: 6,
      inner: [2, 3],
      values: Float32Array.of(1, 2, 3, 4, 5, 6),
    });
  });

  it('takes vectors as rows where they are as long as a row, and as columns where they are as long as a column', () => {
    const vector = (field: string) => ({ field, vector: 3 });
    const specs = [input('x', vector('embedding'), vector('second'))];
    const cells = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const [rows, columns] = [laid([2, 3]), laid([3, 2])].map(
      (signature) => mapColumns(contractOf(specs, [signature]), cells).tensors[0],
    );
    expect(rows).toMatchObject({ inner: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(columns).toMatchObject({ inner: [3, 2], values: Float32Array.of(1, 4, 2, 5, 3, 6) });
  });

  it('kills a row of which an element is missing or too many, and says which size is meant', () => {
    const contract = contractOf([input('x', { field: 'window', matrix: [1, 2] })], [laid([1, 2])]);
    const { fates, messages } = mapColumns(contract, [[1, absent, { state: TOO_MANY }, 0]]);
    expect(fates).toEqual(['FIELD_NULL', 'FIELD_TYPE']);
    expect(messages.join()).toContain('1 × 2');
    expect(messages.join()).toContain('[1, 2]');
  });
});
