import { ReasonsWriter } from '../../../src/flow/write-reasons.ts';

const names = [{ feature: 'amount', code: null }];

describe('the writer of reasons', () => {
  it('gives each row its own, and none to the rows between them', () => {
    const writer = new ReasonsWriter(names, 6);
    writer.add(1, 0, 7, 0.5);
    writer.add(1, 0, 8, 0.25);
    writer.add(4, 0, 9, -1);
    const { starts, value } = writer.done();
    expect([...starts]).toEqual([0, 0, 2, 2, 2, 3, 3]);
    expect(value).toEqual([7, 8, 9]);
  });

  it('refuses rows in another order, whose reasons would go to other rows', () => {
    const writer = new ReasonsWriter(names, 3);
    writer.add(2, 0, 7, 0.5);
    expect(() => {
      writer.add(1, 0, 8, 0.5);
    }).toThrow(RangeError);
  });
});
