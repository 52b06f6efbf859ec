import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface FormatOptions {
  /** The folder of a node's data. It does not exist yet. */
  readonly data: string;
  /** Where what the tool of Kafka wrote is kept, for the nodes after the first one. */
  readonly known: string;
  readonly id: number;
  readonly clusterId: string;
  /** Runs the tool of Kafka. */
  readonly format: () => Promise<unknown>;
}

/**
 * Makes the data folder of a new node. The tool of Kafka needs a JVM of its own, which costs as much
 * as a third of a broker's start. It writes the identity of the node and the features of this version
 * of Kafka; only the identity differs from node to node. So the tool runs once per version.
 */
export async function formatFolder(options: FormatOptions): Promise<void> {
  const { data, known, id, clusterId, format } = options;
  const features = join(data, 'bootstrap.checkpoint');
  const partial = `${features}.part`;
  await mkdir(data, { recursive: true });
  try {
    await copyFile(known, features);
  } catch {
    await format();
    // Another process may do the same, and both files are equal. If it cannot be kept, the next node
    // runs the tool again.
    const mine = `${known}.${newId()}`;
    await copyFile(features, mine)
      .then(() => rename(mine, known))
      .catch(() => undefined);
    return;
  }
  const identity = { 'cluster.id': clusterId, 'directory.id': newId(), 'node.id': id, version: 1 };
  const lines = Object.entries(identity).map(([key, value]) => `${key}=${value}\n`);
  // This file says that the folder is formatted, so it appears at once and last.
  await writeFile(partial, lines.join(''));
  await rename(partial, join(data, 'meta.properties'));
}

/**
 * 16 bytes as Kafka writes them. The first bit is 0, because an id with a leading `-` would look
 * like an option.
 */
export function newId(): string {
  const bytes = randomBytes(16);
  bytes[0]! &= 0x7f;
  return bytes.toString('base64url');
}
