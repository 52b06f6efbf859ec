import { nearest } from '../../../src/runtime/nearest.ts';

describe('nearest', () => {
  it.each([
    ['topik', ['topics', 'topic', 'groupId'], 'topic'],
    ['groupid', ['topics', 'groupId'], 'groupId'],
    ['prot', ['host', 'port'], 'port'],
    ['merchant.contry', ['merchant.country', 'customer.country'], 'merchant.country'],
    ['brokers', ['name', 'kafka.brokers'], 'kafka.brokers'],
  ])('of %s in %j is %s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  it.each([
    ['zebra', ['topics', 'groupId']],
    ['a', ['b']],
    ['x', []],
    ['id', ['customer.id', 'terminal.id']],
  ])('of %s in %j is nothing', (word, candidates) => {
    expect(nearest(word, candidates)).toBeUndefined();
  });
});
