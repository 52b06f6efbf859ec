import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin } from 'kafkajs';
import { makeTopics } from '../src/demo/kafka-topics.ts';

export const PARTITIONS = 8;
export const REPLICATION = 3;
/** The topics go on with one broker away. */
export const IN_SYNC = 2;

const inSync = (replicas: number): { name: string; value: string } => ({
  name: 'min.insync.replicas',
  value: String(replicas),
});

/** Pauses are measured by the clock of the brokers. */
const BY_THE_BROKER = { name: 'message.timestamp.type', value: 'LogAppendTime' };

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
  await makeTopics(
    admin,
    [input, output, dead].map((topic) => ({
      topic,
      numPartitions: PARTITIONS,
      replicationFactor: replicas,
      configEntries: replicas === 1 ? [BY_THE_BROKER] : [BY_THE_BROKER, inSync(IN_SYNC)],
    })),
  );
}

/**
 * A topic that asks for all its replicas takes nothing while a broker is away, and neither do its
 * transactions end. (A topic that refuses the records themselves would not do: the broker gives up
 * on writing their transaction's marker, and the transaction hangs until its coordinator starts
 * again.)
 */
export async function setInSync(admin: Admin, topic: string, replicas: number): Promise<void> {
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [BY_THE_BROKER, inSync(replicas)], // what is left out is reset
      },
    ],
  });
}
