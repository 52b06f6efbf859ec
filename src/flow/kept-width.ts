import { branchesOf, fieldOf, parsePath, type PathStep } from './path.ts';
import type { Reshape } from './reshape.ts';
import type { FieldNode, SchemaNode } from './schema-node.ts';

/** What the functions here need to know about Avro types. */
export interface Widths extends Reshape {
  /** Whether each value of the writer's type can be read as the reader's type. */
  readonly readsAll: (writer: SchemaNode, reader: SchemaNode) => boolean;
  /** Whether each keeps its value, with all its digits. */
  readonly holdsAll: (writer: SchemaNode, reader: SchemaNode) => boolean;
}

/**
 * The reader's schema with the earlier types of the fields in `paths`, if these hold all values of
 * the new types and more. A subject under FORWARD accepts narrower schemas while earlier writers
 * continue.
 */
export function keepingWider(
  reader: SchemaNode,
  before: SchemaNode,
  paths: readonly string[],
  widths: Widths,
): SchemaNode {
  return paths.reduce((node, path) => keeping(node, before, parsePath(path) ?? [], widths), reader);
}

function keeping(
  now: SchemaNode,
  before: SchemaNode,
  [step, ...rest]: readonly PathStep[],
  widths: Widths,
): SchemaNode {
  if (step === undefined) return now;
  if (now.kind === 'union') {
    const branches = now.branches.map((branch) => keeping(branch, before, [step, ...rest], widths));
    return branches.every((branch, i) => branch === now.branches[i])
      ? now
      : widths.type({ ...now, branches });
  }
  if (now.kind !== 'record') return now;
  const records = branchesOf(before).filter((branch) => branch.kind === 'record');
  const record =
    records.find(({ name }) => name === now.name) ??
    (records.length === 1 ? records[0] : undefined);
  const old = record && fieldOf(record, String(step));
  const mine = old && (fieldOf(now, String(step)) ?? fieldOf(now, old.name));
  if (mine === undefined) return now;
  const kept =
    rest.length === 0
      ? widest(mine, old!, widths)
      : inside(mine, keeping(mine.node, old!.node, rest, widths), widths);
  if (kept === mine) return now;
  return widths.type({
    ...now,
    fields: now.fields.map((field) => (field === mine ? kept : field)),
  });
}

/** The default of the new schema. If it has none, the earlier default stays. */
function widest(mine: FieldNode, old: FieldNode, widths: Widths): FieldNode {
  if (!widths.holdsAll(mine.node, old.node) || widths.readsAll(old.node, mine.node)) return mine;
  if (mine.defaultBytes === undefined) return { ...old, name: mine.name, aliases: mine.aliases };
  return widths.field(mine, old.node) ?? mine;
}

function inside(mine: FieldNode, node: SchemaNode, widths: Widths): FieldNode {
  return node === mine.node ? mine : (widths.field(mine, node) ?? mine);
}
