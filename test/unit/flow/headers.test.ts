import fc from 'fast-check';
import {
  headersByName,
  headersInOrder,
  lastHeader,
  type Header,
} from '../../../src/flow/headers.ts';

const name = fc.constantFrom('a', 'b', '2', '10', '__proto__', 'constructor', '');
const value = fc.option(fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)));
const list = fc.array(fc.tuple(name, value), { maxLength: 12 });

describe('headers', () => {
  it('keep their order, whatever their names and however often these occur', () => {
    fc.assert(
      fc.property(list, (given) => {
        expect(headersInOrder(headersByName(given))).toEqual(given);
      }),
    );
  });

  it('are found by name as kafkajs has them: a value, or several in order', () => {
    const given: Header[] = [
      ['tag', 'x'],
      ['other', 'y'],
      ['tag', 'z'],
      ['empty', null],
    ];
    expect(Object.entries(headersByName(given))).toEqual([
      ['tag', ['x', 'z']],
      ['other', 'y'],
      ['empty', null],
    ]);
  });

  it('that come by name are listed as they lie there, null included, undefined not', () => {
    const byName = { a: ['1', '2'], b: null as unknown as string, c: undefined, d: '3' };
    expect(headersInOrder(byName)).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['b', null],
      ['d', '3'],
    ]);
  });

  it('give the last value of a name, and none for a name that only objects have', () => {
    const headers = headersByName([
      ['id', 'old'],
      ['x', '1'],
      ['id', 'new'],
      ['gone', null],
    ]);
    expect(['id', 'x', 'gone', 'toString'].map((one) => lastHeader(headers, one))).toEqual([
      'new',
      '1',
      undefined,
      undefined,
    ]);
  });
});
