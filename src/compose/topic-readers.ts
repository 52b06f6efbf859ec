import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Problem } from '../errors.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { nearest } from '../runtime/nearest.ts';
import { missingTypes, readerOf } from './event-types.ts';

/** The reader's schema of each input topic, and the problems with it. */
export interface TopicReaders {
  readonly readers: ReadonlyMap<string, SchemaNode>;
  /** Ids of the schemas that the readers were made of, where they come from a registry. */
  readonly ids?: readonly number[];
  readonly problems: readonly Problem[];
}

/** Finds the readers of the input topics; problems where a registry has none or does not answer. */
export type FindReaders = (settings: Settings) => Promise<TopicReaders>;

/** Reads the latest schema of each input topic's subject. */
export function readersFrom(registry: SchemaRegistry): FindReaders {
  return async (settings) => {
    const readers = new Map<string, SchemaNode>();
    const ids: number[] = [];
    const problems: Problem[] = [];
    for (const topic of settings.input.topics) {
      const nodes: SchemaNode[] = [];
      for (const subject of settings.input.subject[topic]!) {
        const latest = await registry.latest(subject);
        if (latest === undefined) problems.push(await subjectProblem(registry, subject));
        else {
          nodes.push(latest.node);
          ids.push(latest.id);
        }
      }
      const reader =
        nodes.length > 0 ? readerOf(topic, nodes, settings.input.types, problems) : undefined;
      if (reader !== undefined) readers.set(topic, reader);
    }
    if (problems.length === 0)
      problems.push(...missingTypes(settings.input.types, readers.values()));
    return { readers, ids, problems };
  };
}

async function subjectProblem(registry: SchemaRegistry, subject: string): Promise<Problem> {
  const near = nearest(subject, await registry.subjects().catch(() => []));
  return {
    code: 'SUBJECT_NOT_FOUND',
    what: `the schema registry has no subject ${subject}`,
    where: 'input.subject',
    ...(near === undefined ? {} : { remedy: `Did you mean ${near}? Set input.subject.` }),
  };
}
