import { formerIdOf, transactionalIdOf } from '../../../src/commit/transactional-id.ts';

const PLACES = ['a', 'a-b', 'a-', 'a-/b', 'a/b'].flatMap((group) =>
  ['b', 'b-c', 'c', 'b-0', 'c-0-1', '-'].flatMap((topic) =>
    [0, 1, 10].map((partition) => ({ group, topic, partition })),
  ),
);

it('is another one for every partition of every group, and none of the former ones', () => {
  const ids = PLACES.map(({ group, ...at }) => transactionalIdOf(group, at));
  const former = PLACES.map(({ group, ...at }) => formerIdOf(group, at));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => former.includes(id))).toEqual([]);
  expect(new Set(former).size).toBeLessThan(former.length);
});

it('begins with the group, for permissions by prefix', () => {
  expect(transactionalIdOf('pay', { topic: 'cards', partition: 3 })).toBe('pay-/cards/3');
});
