import { UNLABELLED } from '../../../src/compare/compared-batch.ts';
import { LabelTable } from '../../../src/compare/label-table.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

describe('the labels of many events', () => {
  it('are found again, however many there are', () => {
    const table = new LabelTable(100_000);
    for (let i = 0; i < 50_000; i++) table.add(`id${i}`, i % 3 === 0 ? 1 : 0);
    for (let i = 0; i < 50_000; i += 7) expect(table.of(`id${i}`)).toBe(i % 3 === 0 ? 1 : 0);
    expect(table.of('id50000')).toBe(UNLABELLED);
    expect(table.of(Buffer.from('id3'))).toBe(1);
  });

  it('the last one of an id counts, and what came before is counted', () => {
    const table = new LabelTable(10);
    table.add('late', 0);
    table.add('late', 1);
    table.add('double', 1);
    table.add('double', 1);
    table.add('never', null);
    table.add('nobody', 0);
    expect(['late', 'double', 'never'].map((id) => table.of(id))).toEqual([1, 1, UNLABELLED]);
    expect(table.of('late')).toBe(1);
    expect(table.counts).toEqual({
      ids: 3,
      repeated: 1,
      changed: 1,
      empty: 1,
      unused: 1,
      joined: 3,
    });
  });

  it('are refused where they do not fit, and none is dropped', async () => {
    const table = new LabelTable(2);
    table.add('a', 0);
    table.add('b', 0);
    table.add('b', 1);
    expect(
      await scorerErrorOf(() => {
        table.add('c', 0);
      }),
    ).toMatchObject({
      code: 'INPUT_INVALID',
    });
  });
});
