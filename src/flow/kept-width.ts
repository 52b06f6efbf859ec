import { branchesOf, fieldOf, parsePath, type PathStep } from './path.ts';
import type { FieldShape, Shape } from './shape.ts';

/** Whether each value of the writer's type is one of the reader's. */
export type ReadsAll = (writer: Shape, reader: Shape) => boolean;

/**
 * The reader with the types that the fields of `paths` had before, where those hold all that the new types do and more: a subject under FORWARD
 * takes narrower schemas, while writers of the one before still go on.
 */
export function keepingWider(reader: Shape, before: Shape, paths: readonly string[], readsAll: ReadsAll): Shape {
  return paths.reduce((shape, path) => keeping(shape, before, parsePath(path) ?? [], readsAll), reader);
}

function keeping(now: Shape, before: Shape, [step, ...rest]: readonly PathStep[], readsAll: ReadsAll): Shape {
  if (step === undefined) return now;
  if (now.kind === 'union') {
    const branches = now.branches.map((branch) => keeping(branch, before, [step, ...rest], readsAll));
    return branches.every((branch, i) => branch === now.branches[i]) ? now : { ...now, branches };
  }
  if (now.kind !== 'record') return now;
  const records = branchesOf(before).filter((branch) => branch.kind === 'record');
  const record = records.find(({ name }) => name === now.name) ?? (records.length === 1 ? records[0] : undefined);
  const old = record && fieldOf(record, String(step));
  const mine = old && (fieldOf(now, String(step)) ?? fieldOf(now, old.name));
  if (mine === undefined) return now;
  const kept = rest.length === 0 ? widest(mine, old!, readsAll) : inside(mine, keeping(mine.shape, old!.shape, rest, readsAll)); // prettier-ignore
  if (kept === mine) return now;
  return { ...now, fields: now.fields.map((field) => (field === mine ? kept : field)) };
}

/** A default is in the bytes of its own type. */
function widest(mine: FieldShape, old: FieldShape, readsAll: ReadsAll): FieldShape {
  if (mine.defaultBytes !== undefined && old.defaultBytes === undefined) return mine;
  if (!readsAll(mine.shape, old.shape) || readsAll(old.shape, mine.shape)) return mine;
  return { ...old, name: mine.name, aliases: mine.aliases };
}

function inside(mine: FieldShape, shape: Shape): FieldShape {
  return shape === mine.shape || mine.defaultBytes !== undefined ? mine : { ...mine, shape };
}
