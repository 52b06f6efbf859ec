import kafkajs, { type GroupMember, type GroupMemberAssignment } from 'kafkajs';
import type { Logger } from '../observe/logger.ts';
import { askTopics, type TopicSeen } from '../runtime/kafka-topic-request.ts';
import type { AnyCluster } from './kafka-group.ts';

const { AssignerProtocol } = kafkajs;

/**
 * kafkajs' own name. A group has one protocol that all of its members know, so another name would shut out members of the
 * version before while a service is updated. What the leader does under the name is its own affair.
 */
export const PROTOCOL = 'RoundRobinAssigner';
const VERSION = 0;

interface Subscriber {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/**
 * Gives every partition to a member that reads its topic; kafkajs' own gives out the leader's topics, to members that do
 * not read them as well. A partition goes to whoever has the fewest so far; topics with few readers go first, as others
 * can make up for them. Answers the topics that are not there, too.
 */
export function spread(
  members: readonly Subscriber[],
  seen: ReadonlyMap<string, Pick<TopicSeen, 'partitions'>>,
): Map<string, Record<string, number[]>> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const readers = new Map<string, string[]>();
  for (const { memberId, topics } of sorted) {
    for (const topic of new Set(topics)) readers.set(topic, [...(readers.get(topic) ?? []), memberId]);
  }
  const given = new Map<string, Record<string, number[]>>(sorted.map(({ memberId }) => [memberId, {}]));
  const counts = new Map(sorted.map(({ memberId }) => [memberId, 0]));
  const fewestFirst = [...readers].toSorted(
    ([topicA, a], [topicB, b]) => a.length - b.length || (topicA < topicB ? -1 : 1),
  );
  for (const [topic, memberIds] of fewestFirst) {
    for (const partition of (seen.get(topic)?.partitions ?? []).toSorted((a, b) => a - b)) {
      const to = memberIds.reduce((least, id) => (counts.get(id)! < counts.get(least)! ? id : least));
      counts.set(to, counts.get(to)! + 1);
      (given.get(to)![topic] ??= []).push(partition);
    }
  }
  return given;
}

/** The assignor as kafkajs wants it. */
export function createAssignor({ cluster }: { readonly cluster: AnyCluster }, logger: Logger) {
  let readBefore: readonly string[] = [];
  return {
    name: PROTOCOL,
    version: VERSION,
    async assign({ members }: { members: GroupMember[] }): Promise<GroupMemberAssignment[]> {
      const subscribers = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        topics: AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [],
      }));
      const topics = [...new Set(subscribers.flatMap((member) => member.topics))];
      const seen = await askTopics(await cluster.brokerPool.findConnectedBroker(), topics);
      const unseen = topics.filter((topic) => (seen.get(topic)?.partitions ?? []).length === 0);
      if (unseen.length > 0) {
        logger.warn({ topics: unseen }, 'members of the group ask for topics that are not there, or may not be seen');
      }
      const left = readBefore.filter((topic) => !topics.includes(topic));
      if (left.length > 0) logger.warn({ topics: left }, 'no member of the group reads these topics any more');
      readBefore = topics;
      const given = spread(subscribers, seen);
      return [...given].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) }), // prettier-ignore
      }));
    },
    protocol: ({ topics }: { topics: string[] }) => ({
      name: PROTOCOL,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) }),
    }),
  };
}
