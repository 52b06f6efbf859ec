import fc from 'fast-check';
import { groupFigures, groupsBelow } from '../../../src/monitor/group-figures.ts';

const group = fc
  .record({
    of: fc.integer({ min: 1, max: 50_000 }),
    rate: fc.oneof(fc.constantFrom(0.9, 0.7, 0.68), fc.double({ min: 0, max: 1 })),
  })
  .map(({ of, rate }) => ({ of, hits: Math.round(of * rate) }));

it('groups below the limit are found without the figures of all groups', () => {
  let some = 0;
  fc.assert(
    fc.property(
      fc.array(group, { maxLength: 6 }),
      fc.constantFrom(0.2, 0.8, 1),
      (given, minRatio) => {
        const groups = given.map((one, i) => ({ ...one, group: `g${i}`, rest: i === 5 }));
        const judging = { minRatio, alpha: 0.001 };
        const expected = groupFigures(groups, judging).filter(({ below }) => below);
        expect(groupsBelow(groups, judging)).toEqual(expected.map((one) => one.group));
        some += expected.length;
      },
    ),
  );
  expect(some).toBeGreaterThan(0);
});
