import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin } from 'kafkajs';

export const PARTITIONS = 8;
const REPLICATION = 3;
const IN_SYNC = { name: 'min.insync.replicas', value: '2' };

/** The names of one run. */
export interface Names {
  readonly group: string;
  readonly input: string;
  readonly output: string;
  readonly dead: string;
}

export function freshNames(): Names {
  const group = `chaos-${randomBytes(3).toString('hex')}`;
  return { group, input: `${group}-in`, output: `${group}-out`, dead: `${group}-dead` };
}

export async function createTopics(
  admin: Admin,
  { input, output, dead }: Names,
  replicas = REPLICATION,
): Promise<void> {
  await admin.createTopics({
    waitForLeaders: true,
    topics: [input, output, dead].map((topic) => ({
      topic,
      numPartitions: PARTITIONS,
      replicationFactor: replicas,
      configEntries: replicas === 1 ? [] : [IN_SYNC],
    })),
  });
}

/**
 * A topic that is not writable refuses every record for being older than 0 ms. (Asking for more replicas in sync than
 * there are would be no obstacle: the broker never asks for more than the topic has.)
 */
export async function setWritable(admin: Admin, topic: string, writable: boolean): Promise<void> {
  const refusing = { name: 'message.timestamp.before.max.ms', value: '0' };
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: writable ? [IN_SYNC] : [IN_SYNC, refusing],
      },
    ],
  });
}
