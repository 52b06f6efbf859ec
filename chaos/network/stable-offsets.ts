import type { Admin } from 'kafkajs';
import { APIS } from './frames.ts';
import { StraightClient } from './straight-client.ts';

/** How far readers of committed records may read in a partition, and where it ends. */
export interface StableOffset {
  readonly place: string;
  readonly stable: number;
  readonly end: number;
}

const VERSION = 2;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
const LATEST = -1n;

/**
 * Both offsets of every partition of these topics, from their leaders. Throws where one does not
 * answer.
 */
export async function stableOffsets(
  admin: Admin,
  topics: readonly string[],
): Promise<StableOffset[]> {
  const [{ brokers }, metadata] = await Promise.all([
    admin.describeCluster(),
    admin.fetchTopicMetadata({ topics: [...topics] }),
  ]);
  const places = metadata.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionId, leader }) => ({ topic: name, partition: partitionId, leader })),
  );
  const answers = await Promise.all(
    brokers.map(async ({ nodeId, host, port }) => {
      const led = places.filter(({ leader }) => leader === nodeId);
      if (led.length === 0) return [];
      const client = new StraightClient({ host, port });
      try {
        // The end first: what is written in between must not look like a transaction that is open.
        const end = readOffsets(
          await client.ask(APIS.ListOffsets, VERSION, listOffsets(READ_UNCOMMITTED, led)),
        );
        const stable = readOffsets(
          await client.ask(APIS.ListOffsets, VERSION, listOffsets(READ_COMMITTED, led)),
        );
        return [...end].map(([place, offset]) => ({
          place,
          stable: stable.get(place)!,
          end: offset,
        }));
      } finally {
        client.close();
      }
    }),
  );
  const found = answers.flat();
  if (found.length < places.length) throw new Error('a partition has no leader');
  return found;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** A request for the latest offsets, each place as a topic of its own. */
export function listOffsets(isolation: number, places: readonly Place[]): Buffer {
  const head = Buffer.alloc(9);
  head.writeInt32BE(-1, 0); // no replica
  head.writeInt8(isolation, 4);
  head.writeInt32BE(places.length, 5);
  const each = places.map(({ topic, partition }) => {
    const name = Buffer.from(topic);
    const bytes = Buffer.alloc(2 + name.length + 16);
    let at = bytes.writeInt16BE(name.length, 0);
    at += name.copy(bytes, at);
    at = bytes.writeInt32BE(1, at);
    at = bytes.writeInt32BE(partition, at);
    bytes.writeBigInt64BE(LATEST, at);
    return bytes;
  });
  return Buffer.concat([head, ...each]);
}

export function readOffsets(body: Buffer): Map<string, number> {
  const offsets = new Map<string, number>();
  let at = 4; // throttle time
  let topics = body.readInt32BE(at);
  at += 4;
  for (; topics > 0; topics--) {
    const length = body.readInt16BE(at);
    const topic = body.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    let partitions = body.readInt32BE(at);
    at += 4;
    for (; partitions > 0; partitions--) {
      const error = body.readInt16BE(at + 4);
      if (error !== 0)
        throw new Error(`the offsets of ${topic} were not answered (error ${error})`);
      offsets.set(`${topic}-${body.readInt32BE(at)}`, Number(body.readBigInt64BE(at + 14)));
      at += 22;
    }
  }
  return offsets;
}
