import { NOTHING } from '../../../src/consume/kafka-owned.ts';
import { stickyAssignment, type Assignment, type Subscriber } from '../../../src/consume/sticky.ts';

const topic = (partitions: number): number[] => [...Array(partitions).keys()];
const fresh = (memberId: string, ...topics: string[]): Subscriber => ({
  memberId,
  topics,
  owned: NOTHING,
});
/** As it joins again, a generation later. */
const again = (member: Subscriber, given: Assignment, generation: number): Subscriber => ({
  ...member,
  owned: { generation, partitions: given.get(member.memberId) ?? {} },
});
const places = (given: Record<string, number[]> = {}): string[] =>
  Object.entries(given).flatMap(([name, partitions]) =>
    partitions.map((partition) => `${name}-${partition}`),
  );
const counts = (given: Assignment): number[] =>
  [...given.values()].map((topics) => Object.values(topics).flat().length);

describe('what a member is given', () => {
  it('is of the topics that it reads', () => {
    const members = [fresh('a', 'one'), fresh('b', 'two')];
    const seen = new Map([
      ['one', topic(2)],
      ['two', topic(2)],
    ]);
    expect(Object.fromEntries(stickyAssignment(members, seen))).toEqual({
      a: { one: [0, 1] },
      b: { two: [0, 1] },
    });
  });

  it('is as much as others have, over all topics together', () => {
    const members = ['c', 'a', 'b'].map((id) => fresh(id, 'one', 'two', 'three', 'four'));
    const seen = new Map(['one', 'two', 'three', 'four'].map((name) => [name, topic(1)]));
    expect(counts(stickyAssignment(members, seen)).sort()).toEqual([1, 1, 2]);
  });

  it('makes up for what only others can read', () => {
    const members = [fresh('a', 'both', 'mine'), fresh('b', 'both')];
    const seen = new Map([
      ['both', topic(4)],
      ['mine', topic(4)],
    ]);
    expect(counts(stickyAssignment(members, seen))).toEqual([4, 4]);
  });

  it('is every partition once, whatever the members read', () => {
    const names = ['p', 'q', 'r', 's'];
    const seen = new Map(names.map((name, i) => [name, topic(i * 3 + 1)]));
    for (let seed = 0; seed < 256; seed++) {
      const reads = (bits: number): string[] => names.filter((_name, i) => (bits >> i) & 1);
      const members = [fresh('a', ...reads(seed)), fresh('b', ...reads(seed >> 4))];
      const given = [...stickyAssignment(members, seen)].flatMap(([memberId, topics]) =>
        Object.entries(topics).flatMap(([name, partitions]) =>
          partitions.map((p) => ({ memberId, name, p })),
        ),
      );
      const read = new Set(members.flatMap(({ topics }) => topics));
      expect(given).toHaveLength([...read].reduce((sum, name) => sum + seen.get(name)!.length, 0));
      expect(new Set(given.map(({ name, p }) => `${name}-${p}`)).size).toBe(given.length);
      for (const { memberId, name } of given) {
        expect(members.find((member) => member.memberId === memberId)!.topics).toContain(name);
      }
    }
  });
});

describe('a partition stays with the member that had it', () => {
  const seen = new Map([
    ['one', topic(8)],
    ['two', topic(4)],
  ]);
  const member = (id: string): Subscriber => fresh(id, 'one', 'two');
  const kept = (before: Assignment, after: Assignment, id: string): string[] =>
    places(before.get(id)).filter((place) => places(after.get(id)).includes(place));

  it('where another one dies: only what that one had moves', () => {
    const members = ['a', 'b', 'c', 'd'].map(member);
    const before = stickyAssignment(members, seen);
    const after = stickyAssignment(
      members.slice(1).map((left) => again(left, before, 1)),
      seen,
    );
    expect(counts(after)).toEqual([4, 4, 4]);
    for (const id of ['b', 'c', 'd'])
      expect(kept(before, after, id)).toEqual(places(before.get(id)));
  });

  it('where another one comes: no more than its share moves', () => {
    const members = ['b', 'c', 'd'].map(member);
    const before = stickyAssignment(members, seen);
    const after = stickyAssignment(
      [...members.map((old) => again(old, before, 1)), member('a')],
      seen,
    );
    expect(counts(after)).toEqual([3, 3, 3, 3]);
    expect(['b', 'c', 'd'].flatMap((id) => kept(before, after, id))).toHaveLength(9);
  });

  it('where one that died comes back with nothing: it gets what nobody has', () => {
    const members = ['a', 'b'].map(member);
    const before = stickyAssignment(members, seen);
    const after = stickyAssignment([again(members[0]!, before, 1), member('z')], seen);
    expect(after.get('a')).toEqual(before.get('a'));
    expect(after.get('z')).toEqual(before.get('b'));
  });

  it('unless another one had it later', () => {
    const zombie = again(member('a'), new Map([['a', { one: [0] }]]), 3);
    const owner = again(member('b'), new Map([['b', { one: [0] }]]), 4);
    expect(places(stickyAssignment([zombie, owner], seen).get('b'))).toContain('one-0');
  });

  it('unless it reads the topic no more, or the topic has it no more', () => {
    const before = new Map([['a', { one: [0, 99], two: [0] }]]);
    const after = stickyAssignment([again(fresh('a', 'one'), before, 1), fresh('b', 'two')], seen);
    expect(Object.fromEntries(after)).toEqual({ a: { one: topic(8) }, b: { two: topic(4) } });
  });
});
