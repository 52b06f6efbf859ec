import { nameDenialsOf } from '../../../src/kafkajs/kafka-denials-patch.ts';
import { isDenial, typeOf } from '../../../src/kafkajs/kafka-errors.ts';

const notFound = Object.assign(new Error('Failed to find group coordinator'), {
  name: 'KafkaJSGroupCoordinatorNotFound',
});
const typed = (type: string): Error => Object.assign(new Error(type), { type });

/** A cluster that finds no coordinator, and a broker that says why. */
function cluster(found: () => Promise<unknown>, why: Error | undefined) {
  const asked: unknown[] = [];
  const prototype = {
    findGroupCoordinator: (_lookup: object) => found(),
    brokerPool: {
      findConnectedBroker: () =>
        Promise.resolve({
          findGroupCoordinator: (lookup: unknown) => {
            asked.push(lookup);
            return why === undefined ? Promise.resolve({}) : Promise.reject(why);
          },
        }),
    },
  };
  nameDenialsOf(prototype);
  return { prototype, asked };
}

it('throws the denial behind a coordinator that is not found', async () => {
  const { prototype, asked } = cluster(
    () => Promise.reject(notFound),
    typed('GROUP_AUTHORIZATION_FAILED'),
  );
  await expect(prototype.findGroupCoordinator({ groupId: 'g' })).rejects.toMatchObject({
    type: 'GROUP_AUTHORIZATION_FAILED',
  });
  expect(asked).toEqual([{ groupId: 'g', coordinatorType: 0 }]);
});

it.each([
  ['found nevertheless', undefined],
  ['away', typed('GROUP_COORDINATOR_NOT_AVAILABLE')],
])('takes it for what passes where the coordinator is %s', async (_what, why) => {
  const error = Object.assign(new Error('Failed to find group coordinator'), {
    name: notFound.name,
    retriable: false,
  });
  const { prototype } = cluster(() => Promise.reject(error), why);
  await expect(prototype.findGroupCoordinator({ groupId: 'g' })).rejects.toBe(error);
  expect(error.retriable).toBe(true);
});

it('asks nobody where a coordinator is found, or something else fails', async () => {
  const good = cluster(() => Promise.resolve('it'), undefined);
  expect(await good.prototype.findGroupCoordinator({ groupId: 'g' })).toBe('it');
  const bad = cluster(() => Promise.reject(new Error('other')), undefined);
  await expect(bad.prototype.findGroupCoordinator({ groupId: 'g' })).rejects.toThrow('other');
  expect([good.asked, bad.asked]).toEqual([[], []]);
});

it('finds the broker’s name for an error through what wraps it', () => {
  const wrapped = new Error('gave up', {
    cause: new Error('again', { cause: typed('TOPIC_AUTHORIZATION_FAILED') }),
  });
  expect(typeOf(wrapped)).toBe('TOPIC_AUTHORIZATION_FAILED');
  expect(isDenial(wrapped)).toBe(true);
  expect(isDenial(typed('NOT_COORDINATOR_FOR_GROUP'))).toBe(false);
  expect(typeOf(undefined)).toBeUndefined();
});
