import { parsePath, fieldOf, branchesOf, type PathStep } from './path.ts';
import type { Reshape } from './reshape.ts';
import type { FieldNode, PrimitiveNode, RecordNode, SchemaNode, UnionNode } from './schema-node.ts';

const NULL: PrimitiveNode = { kind: 'null', schema: () => 'null' };

/**
 * The reader's schema with every path of `paths` that the one before has and it lacks: a field that
 * a newer schema left out. Such a field may be null, for writers without it. For writers that have
 * it, it is read as before.
 */
export function keepingCarried(
  reader: SchemaNode,
  before: SchemaNode,
  paths: readonly string[],
  reshape: Reshape,
): SchemaNode {
  return paths.reduce(
    (node, path) => keeping(node, before, parsePath(path) ?? [], reshape),
    reader,
  );
}

function keeping(
  now: SchemaNode,
  before: SchemaNode,
  [step, ...rest]: readonly PathStep[],
  reshape: Reshape,
): SchemaNode {
  if (step === undefined) return now;
  if (now.kind === 'union') {
    const branches = now.branches.map((branch) =>
      keeping(branch, before, [step, ...rest], reshape),
    );
    return branches.every((branch, i) => branch === now.branches[i])
      ? now
      : reshape.type({ ...now, branches });
  }
  if (now.kind !== 'record') return now;
  const old = formerField(now, before, String(step));
  if (old === undefined) return now;
  const mine = fieldOf(now, String(step)) ?? fieldOf(now, old.name);
  if (mine === undefined)
    return reshape.type({ ...now, fields: [...now.fields, optional(old, reshape)] });
  const node = keeping(mine.node, old.node, rest, reshape);
  if (node === mine.node) return now;
  const kept = reshape.field(mine, node);
  if (kept === undefined) return now;
  return reshape.type({
    ...now,
    fields: now.fields.map((field) => (field === mine ? kept : field)),
  });
}

/** The field of the record with the same name, or of any record, because records may be renamed. */
function formerField(now: RecordNode, before: SchemaNode, step: string): FieldNode | undefined {
  const records = branchesOf(before).filter((branch) => branch.kind === 'record');
  const same = records.find(({ name }) => name === now.name);
  for (const record of same === undefined ? records : [same, ...records]) {
    const field = fieldOf(record, step);
    if (field !== undefined) return field;
  }
  return undefined;
}

/** Null is its default, so it is the first branch: many registries accept nothing else. */
function optional({ name, aliases, node }: FieldNode, reshape: Reshape): FieldNode {
  const union: UnionNode = {
    kind: 'union',
    branches: [NULL, ...branchesOf(node)],
    schema: node.schema,
  };
  const field: FieldNode = { name, aliases, node, default: null, defaultBytes: Buffer.of() };
  return reshape.field(field, reshape.type(union))!; // null is one of its branches
}
