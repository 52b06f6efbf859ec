import { entryOfLine, entryOfRecord } from '../../../../src/decide/lists/list-entry.ts';

const key = (name: string, expires = Infinity) => ({ is: 'key', key: name, expires });
const wrong = { is: 'wrong' };

describe('a line of a list', () => {
  it.each([
    ['4711', key('4711')],
    ['  # 12 ä ', key('# 12 ä')],
    ['', undefined],
    ['{"key":"a"}', key('a')],
    ['{"key": 4711, "expires": 5}', key('4711', 5)],
    ['{"key":"a","expires":null,"why":"x"}', key('a')],
    ['{"key":"a","expires":"2026-12-31T00:00:00Z"}', key('a', Date.UTC(2026, 11, 31))],
    ['{"key":"a","expires":"2026-12-31T01:00:00+01:00"}', key('a', Date.UTC(2026, 11, 31))],
    ['{"key":"a","expires":"2026-12-31"}', wrong],
    ['{"key":"a","expires":"2026-12-31T00:00:00"}', wrong],
    ['{"key":"\\ud800"}', wrong], // half of a character: no event has it
    ['{"key":"a","expires":true}', wrong],
    ['{"key":"a","expires":"2026-02-30T00:00:00Z"}', wrong],
    ['{"key":"a","expires":"2028-02-29T00:00:00Z"}', key('a', Date.UTC(2028, 1, 29))],
    ['{"key":"a","expires":1798675200}', wrong],
    ['{"key":"a","expires":1798675200000}', key('a', 1_798_675_200_000)],
    [Buffer.from('é', 'latin1').toString(), wrong],
    [Buffer.from('a', 'utf16le').toString(), wrong],
    ['{"key":1.5}', wrong],
    ['{"key":""}', wrong],
    ['{key}', wrong],
  ])('%s', (line, entry) => {
    if (entry === undefined) expect(entryOfLine(line)).toBeUndefined();
    else expect(entryOfLine(line)).toMatchObject(entry);
  });
});

describe('a record of a list', () => {
  const record = (name: string | Buffer | null, value: string | Buffer | null) =>
    entryOfRecord(
      name === null ? null : Buffer.from(name as string),
      value === null ? null : Buffer.from(value as string),
    );

  it('adds its key, with an expiry, or removes it', () => {
    expect(record('ä', '')).toEqual(key('ä'));
    expect(record('a', '{}')).toEqual(key('a'));
    expect(record('a', '{"expires": 7}')).toEqual(key('a', 7));
    expect(record('a', null)).toEqual({ is: 'removed', key: 'a' });
  });

  it('is not understood without a key, with other bytes, or with another value', () => {
    for (const [name, value] of [
      [null, ''],
      ['', ''],
      [Buffer.of(0xff), ''],
      ['a', 'true'],
      ['a', '[]'],
      ['a', Buffer.of(0, 0, 0, 0, 1, 2)],
      ['a', '{"expires":"soon"}'],
    ] as const)
      expect(record(name, value)).toMatchObject(wrong);
  });
});

describe('an entry of a list of an integer field', () => {
  it.each(['0', '7', '-12', '9223372036854775807'])('may be %s', (name) => {
    expect(entryOfLine(name, 'int')).toEqual(key(name));
    expect(entryOfRecord(Buffer.from(name), Buffer.alloc(0), 'int')).toEqual(key(name));
  });

  it.each(['007', '+7', '-0', '1.0', '1e3', 'x', '0x7', '12345678901234567890'])(
    'may not be %s, which no integer is written like',
    (name) => {
      expect(entryOfLine(name, 'int')).toMatchObject(wrong);
      expect(entryOfRecord(Buffer.from(name), Buffer.alloc(0), 'int')).toMatchObject(wrong);
      expect(entryOfLine(name)).toEqual(key(name));
    },
  );

  it('may be removed, whatever it is', () => {
    const removed = { is: 'removed', key: '007' };
    expect(entryOfRecord(Buffer.from('007'), null, 'int')).toEqual(removed);
  });
});
