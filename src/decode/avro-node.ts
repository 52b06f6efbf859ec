import type { SchemaNode } from '../flow/schema-node.ts';
import { timeUnits } from '../flow/time-unit.ts';
import { attributesOf, either, logicalOf } from './logical-type.ts';
import { schemaJson, type LogicalAttributes } from './schema-json.ts';

type Json = Readonly<Record<string, unknown>>;

const LOGICAL: LogicalAttributes = new WeakMap();
const WHOLE: ReadonlySet<string> = new Set(['int', 'long']);

export function makeNode(content: Omit<SchemaNode, 'schema'> & Json): SchemaNode {
  return owningText(content as unknown as SchemaNode);
}

/** A copy whose schema text belongs to the copy. */
export function owningText<T extends SchemaNode>(content: T): T {
  const node: T = { ...content, schema: () => schemaJson(node, LOGICAL) };
  return node;
}

/** The node. Its schema text has the attributes of its logical type as they are written. */
export function withLogical<T extends SchemaNode>(node: T, schema: Json): T {
  LOGICAL.set(node, attributesOf(schema));
  return node;
}

/**
 * The type of a field with the attributes next to it. Avro does not define a logical type on a
 * field, but many schemas have one. On an int or a long it counts as the unit of a time. If the
 * type itself has a contradicting one, the unit is unknown. The schema is passed on unchanged.
 */
export function meantBy(attributes: Json, node: SchemaNode): SchemaNode {
  if (attributes['logicalType'] === undefined && attributes['connect.name'] === undefined)
    return node;
  const branches = node.kind === 'union' ? node.branches : [node];
  const [number, ...others] = branches.filter(({ kind }) => WHOLE.has(kind));
  if (number === undefined || others.length > 0) return node;
  const said = logicalOf(number.kind, attributes);
  if (said.logical === undefined || timeUnits(said).length === 0) return node;
  const { logical } = number.logical === undefined ? said : either(number, said.logical);
  if (logical === undefined || logical === number.logical) return node;
  const meant = makeNode({ kind: number.kind, logical });
  const own = LOGICAL.get(number);
  if (own !== undefined) LOGICAL.set(meant, own);
  return node.kind === 'union'
    ? makeNode({
        kind: 'union',
        branches: branches.map((branch) => (branch === number ? meant : branch)),
      })
    : meant;
}
