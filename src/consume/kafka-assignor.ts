import kafkajs, { type GroupMember, type GroupMemberAssignment } from 'kafkajs';
import type { Logger } from '../observe/logger.ts';
import { askTopics } from '../kafkajs/kafka-topic-request.ts';
import type { AnyCluster, ConsumerGroup } from '../kafkajs/kafka-group.ts';
import { decodeOwned, encodeOwned, NOTHING } from './kafka-owned.ts';
import { stickyAssignment } from './sticky.ts';

const { AssignerProtocol } = kafkajs;

/**
 * The name of the assignor of kafkajs. All members of a group must know the same protocol. Another
 * name would exclude members of an earlier version during an update. What the leader does under
 * this name is its own decision.
 */
export const PROTOCOL = 'RoundRobinAssigner';
const VERSION = 0;

/**
 * The assignor in the form that kafkajs expects. The one of kafkajs assigns the topics of the
 * leader, also to members that do not read them, and assigns all partitions anew whenever a member
 * comes or goes.
 */
export function createAssignor({ cluster }: { readonly cluster: AnyCluster }, logger: Logger) {
  let readBefore: readonly string[] = [];
  let owned = NOTHING;
  return {
    name: PROTOCOL,
    version: VERSION,
    async assign({ members }: { members: GroupMember[] }): Promise<GroupMemberAssignment[]> {
      const subscribers = members.map(({ memberId, memberMetadata }) => {
        const { topics = [], userData } =
          AssignerProtocol.MemberMetadata.decode(memberMetadata) ?? {};
        return { memberId, topics, owned: decodeOwned(userData) };
      });
      const topics = [...new Set(subscribers.flatMap((member) => member.topics))];
      const seen = await askTopics(await cluster.brokerPool.findConnectedBroker(), topics);
      const unseen = topics.filter((topic) => (seen.get(topic)?.partitions ?? []).length === 0);
      if (unseen.length > 0) {
        logger.warn(
          { topics: unseen },
          'members of the group subscribe to topics that do not exist or that the principal may not describe',
        );
      }
      const left = readBefore.filter((topic) => !topics.includes(topic));
      if (left.length > 0)
        logger.warn({ topics: left }, 'no member of the group subscribes to these topics any more');
      readBefore = topics;
      const given = stickyAssignment(
        subscribers,
        new Map([...seen].map(([topic, { partitions }]) => [topic, partitions])),
      );
      return [...given].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment,
          userData: Buffer.alloc(0),
        }),
      }));
    },
    protocol: ({ topics }: { topics: string[] }) => ({
      name: PROTOCOL,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: encodeOwned(owned),
      }),
    }),
    /** What the member owns from now on. It reports this when it joins again. */
    remember(group: Pick<ConsumerGroup, 'assigned' | 'generationId'>): void {
      const partitions = Object.fromEntries(
        group.assigned().map((entry) => [entry.topic, entry.partitions]),
      );
      owned = { generation: group.generationId ?? NOTHING.generation, partitions };
    },
  };
}
