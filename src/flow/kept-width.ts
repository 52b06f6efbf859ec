import { branchesOf, fieldOf, parsePath, type PathStep } from './path.ts';
import type { Reshape } from './reshape.ts';
import type { FieldNode, SchemaNode } from './schema-node.ts';

/** What has to be known of Avro types. */
export interface Widths extends Reshape {
  /** Whether each value of the writer's type is read as one of the reader's, whichever. */
  readonly readsAll: (writer: SchemaNode, reader: SchemaNode) => boolean;
  /** Whether each is read as the same value, with all its digits. */
  readonly holdsAll: (writer: SchemaNode, reader: SchemaNode) => boolean;
}

/**
 * The reader with the types that the fields of `paths` had before, where those hold all that the
 * new types do and more: a subject under FORWARD takes narrower schemas, while writers of the one
 * before still go on.
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

/** The default is the new schema's; the one before stays where that has none. */
function widest(mine: FieldNode, old: FieldNode, widths: Widths): FieldNode {
  if (!widths.holdsAll(mine.node, old.node) || widths.readsAll(old.node, mine.node)) return mine;
  if (mine.defaultBytes === undefined) return { ...old, name: mine.name, aliases: mine.aliases };
  return widths.field(mine, old.node) ?? mine;
}

function inside(mine: FieldNode, node: SchemaNode, widths: Widths): FieldNode {
  return node === mine.node ? mine : (widths.field(mine, node) ?? mine);
}
