import { Events, fateOf, keyOf } from '../../../chaos/events.ts';

describe('the events of the chaos run', () => {
  it('are broken in about one of a hundred, and every one tells its fate and its key', () => {
    const events = new Events(1, { id: 9, moreFields: 2 });
    const made = Array.from({ length: 20_000 }, () => events.next(3));
    const dead = made.filter(({ value }) => fateOf(value as Buffer) === 'dead');
    expect(dead.length).toBeGreaterThan(100);
    expect(dead.length).toBeLessThan(300);
    expect(new Set(dead.map(({ value }) => (value as Buffer)[0]))).toEqual(new Set([0, 7]));
    expect(new Set(made.map(({ partition }) => partition))).toEqual(new Set([3]));
    const keys = made.map(({ key }) => keyOf(Buffer.from(key as string)));
    expect(keys.filter((key) => !(key < 100))).toEqual([]);
  });

  it('take the schema id that is set, from the next one on', () => {
    const events = new Events(1, { id: 9, moreFields: 0 });
    const idOf = (value: Buffer): number => value.readUInt32BE(1);
    expect(idOf(events.next(0).value as Buffer)).toBe(9);
    events.schema = { id: 10, moreFields: 1 };
    expect(idOf(events.next(0).value as Buffer)).toBe(10);
  });
});
