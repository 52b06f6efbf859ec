import type { Admin } from 'kafkajs';
import type { Problem } from '../errors.ts';
import { askNewGroup } from '../kafkajs/kafka-access-requests.ts';
import { coordinatorOf, GROUP_COORDINATOR, type RequestCluster } from '../kafkajs/kafka-cluster.ts';

/** Whether the group has members with another assignment protocol. */
export async function inspectGroup(
  admin: Admin,
  id: string,
  protocol: string,
): Promise<readonly Problem[]> {
  const { groups } = await admin.describeGroups([id]);
  const taken = groups.find((group) => group.members.length > 0 && group.protocol !== protocol);
  if (taken === undefined) return [];
  const { protocol: other, protocolType, members, state } = taken;
  return [
    inUse(
      id,
      members.map(({ clientId }) => clientId),
      `the assignment protocol ${other || protocolType || 'of another kind'}, not ${protocol} (${state})`,
    ),
  ];
}

/**
 * Whether the group has members of the new protocol (KIP-848). Brokers let others join them and
 * distribute the partitions among all, so records would go to a program that does not score them.
 * An empty group of this kind is no problem: when the first member joins, the broker converts it to
 * the classic kind and keeps its offsets.
 */
export async function inspectNewGroup(
  cluster: RequestCluster,
  id: string,
): Promise<readonly Problem[]> {
  const group = await coordinatorOf(cluster, id, GROUP_COORDINATOR)
    .then((broker) => askNewGroup(broker, id))
    .catch(() => undefined); // outages are reported elsewhere
  if (group === undefined || group.clients.length === 0) return [];
  const how = `the new consumer protocol (group.protocol=consumer, assignor ${group.assignor}; ${group.state})`;
  return [inUse(id, group.clients, how)];
}

function inUse(id: string, clients: readonly string[], how: string): Problem {
  const by = [...new Set(clients)].join(', ');
  const have = clients.length === 1 ? 'member' : 'members';
  const what = `the group ${id} is in use: ${clients.length} ${have} (${by}) with ${how}`;
  return { code: 'GROUP_IN_USE', what, where: 'input.groupId' };
}
