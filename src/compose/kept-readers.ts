import { avroReshape } from '../decode/avro-reshape.ts';
import { holdsAll, readsAll } from '../decode/reads-all.ts';
import { keepingCarried } from '../flow/kept-carry.ts';
import { keepingWider } from '../flow/kept-width.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import type { StreamPlan } from './scoring-plan.ts';

const WIDTHS = { ...avroReshape, readsAll, holdsAll };

/**
 * Newer readers that keep what the plan had. If a newer schema leaves out a carried field, the
 * field stays in the scores, where it may be null from then on. If it narrows the type of a field,
 * the earlier type stays, which reads both.
 */
export function keptReaders(
  newer: ReadonlyMap<string, SchemaNode>,
  { readers, projection }: StreamPlan,
  carry: readonly string[],
): ReadonlyMap<string, SchemaNode> {
  const paths = [...carry, ...projection.fields.map(({ path }) => path)];
  const kept = (topic: string, reader: SchemaNode): SchemaNode => {
    const before = readers.get(topic);
    if (before === undefined) return reader;
    const wider = keepingWider(reader, before, paths, WIDTHS);
    return keepingCarried(wider, before, carry, avroReshape);
  };
  return new Map([...newer].map(([topic, reader]) => [topic, kept(topic, reader)]));
}
