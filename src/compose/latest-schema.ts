import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError } from '../errors.ts';
import type { SchemaNode } from '../flow/schema-node.ts';

/**
 * The latest schema of the values of a topic. Throws SUBJECT_NOT_FOUND; `where`: the key or the
 * option that names the topic.
 */
export async function latestSchema(
  registry: Pick<SchemaRegistry, 'latest'>,
  topic: string,
  where: string,
): Promise<SchemaNode> {
  const subject = `${topic}-value`;
  const latest = await registry.latest(subject);
  if (latest !== undefined) return latest.node;
  const what = `the schema registry has no subject ${subject}`;
  throw new ScorerError({ code: 'SUBJECT_NOT_FOUND', what, where });
}
