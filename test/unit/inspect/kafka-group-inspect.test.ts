import { inspectNewGroup } from '../../../src/inspect/kafka-group-inspect.ts';
import type { NewGroup } from '../../../src/kafkajs/kafka-access-requests.ts';

/** A cluster whose coordinator answers with this group of the new protocol, or fails. */
function cluster(answer: NewGroup | undefined | Error) {
  const send = (): Promise<unknown> =>
    answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ value: answer });
  const broker = { versions: { 69: { maxVersion: 1 } }, connectionPool: { send } };
  const findGroupCoordinator = (): Promise<unknown> =>
    Promise.resolve({ coordinator: { nodeId: 1 } });
  const findConnectedBroker = (): Promise<unknown> =>
    Promise.resolve({ ...broker, findGroupCoordinator });
  return {
    brokerPool: { findConnectedBroker },
    findBroker: () => Promise.resolve(broker),
  } as never;
}

const group = (clients: readonly string[]): NewGroup => ({
  state: clients.length === 0 ? 'Empty' : 'Stable',
  assignor: 'uniform',
  clients,
});

it('tells a group of the new protocol that has members, with their clients', async () => {
  const problems = await inspectNewGroup(cluster(group(['rdkafka', 'rdkafka'])), 'g');
  expect(problems).toMatchObject([{ code: 'GROUP_IN_USE', where: 'input.groupId' }]);
  expect(problems[0]!.what).toMatch(
    /group g is in use: 2 members \(rdkafka\).*group\.protocol=consumer.*uniform/,
  );
});

it.each([
  ['empty: the broker makes it one of the usual kind', group([])],
  ['none of that kind', undefined],
  ['not told', new Error('away')],
])('leaves a group alone that is %s', async (_what, answer) => {
  expect(await inspectNewGroup(cluster(answer), 'g')).toEqual([]);
});
