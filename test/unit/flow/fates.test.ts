import { Fates } from '../../../src/flow/fates.ts';

describe('fates', () => {
  it('lets a row die or be skipped once, for the first reason', () => {
    const fates = new Fates(4);
    fates.kill(1, 'decode', 'AVRO_TRUNCATED', 'first');
    fates.kill(1, 'map', 'FIELD_NULL', 'second');
    fates.skip(1);
    fates.skip(2);
    fates.skip(2);
    fates.kill(2, 'map', 'FIELD_NULL', 'too late');

    expect(fates.rejects).toEqual([
      { row: 1, stage: 'decode', code: 'AVRO_TRUNCATED', message: 'first' },
    ]);
    expect([0, 1, 2, 3].map((row) => fates.isAlive(row))).toEqual([true, false, false, true]);
    expect({ rows: fates.rows, alive: fates.alive, skipped: fates.skipped }).toEqual({
      rows: 4,
      alive: 2,
      skipped: 1,
    });
  });

  it('has nobody alive beyond its rows', () => {
    expect(new Fates(1).isAlive(1)).toBe(false);
  });

  it('has a copy in which rows are alive again, and the others are as they were', () => {
    const fates = new Fates(5);
    fates.kill(1, 'map', 'FIELD_NULL', 'one');
    fates.kill(2, 'map', 'FIELD_NULL', 'two');
    fates.skip(3);
    fates.skip(4);
    const copy = fates.revived(Int32Array.of(0, 2, 3));
    expect([0, 1, 2, 3, 4].map((row) => copy.isAlive(row))).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
    expect(copy.rejects.map(({ row }) => row)).toEqual([1]);
    expect({ alive: copy.alive, skipped: copy.skipped }).toEqual({ alive: 3, skipped: 1 });
    expect({ alive: fates.alive, skipped: fates.skipped }).toEqual({ alive: 1, skipped: 2 });
  });
});
