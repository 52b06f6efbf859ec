import { parsePath, fieldOf, branchesOf, type PathStep } from './path.ts';
import { allowsNull, type FieldShape, type PrimitiveShape, type RecordShape, type Shape } from './shape.ts';

const NULL: PrimitiveShape = { kind: 'null', schema: () => 'null' };

/**
 * The reader with every path of `paths` that the one before has and it has not any more: a field that a newer schema left out.
 * Such a field may be null, and is for writers without it; those that still have it are read as before.
 */
export function keepingCarried(reader: Shape, before: Shape, paths: readonly string[]): Shape {
  return paths.reduce((shape, path) => keeping(shape, before, parsePath(path) ?? []), reader);
}

function keeping(now: Shape, before: Shape, [step, ...rest]: readonly PathStep[]): Shape {
  if (step === undefined) return now;
  if (now.kind === 'union') {
    const branches = now.branches.map((branch) => keeping(branch, before, [step, ...rest]));
    return branches.every((branch, i) => branch === now.branches[i]) ? now : { ...now, branches };
  }
  if (now.kind !== 'record') return now;
  const old = formerField(now, before, String(step));
  if (old === undefined) return now;
  const mine = fieldOf(now, String(step)) ?? fieldOf(now, old.name);
  if (mine === undefined) return { ...now, fields: [...now.fields, optional(old)] };
  const shape = keeping(mine.shape, old.shape, rest);
  if (shape === mine.shape) return now;
  return { ...now, fields: now.fields.map((field) => (field === mine ? { ...field, shape } : field)) };
}

/** The field of the record of the same name, or of any: records are renamed, too. */
function formerField(now: RecordShape, before: Shape, step: string): FieldShape | undefined {
  const records = branchesOf(before).filter((branch) => branch.kind === 'record');
  const same = records.find(({ name }) => name === now.name);
  for (const record of same === undefined ? records : [same, ...records]) {
    const field = fieldOf(record, step);
    if (field !== undefined) return field;
  }
  return undefined;
}

/** Null is its default, and the last branch where it was none: the branches before keep their numbers. */
function optional({ name, aliases, shape }: FieldShape): FieldShape {
  const branches = shape.kind === 'union' ? shape.branches : [shape];
  const union = allowsNull(shape) ? branches : [...branches, NULL];
  const index = union.findIndex(({ kind }) => kind === 'null');
  // One branch of many at most: its number takes a byte or two, zigzag.
  const number = 2 * index;
  const defaultBytes = number < 0x80 ? Buffer.of(number) : Buffer.of((number & 0x7f) | 0x80, number >> 7);
  const schema = (): unknown => union.map((branch) => branch.schema());
  return { name, aliases, shape: { kind: 'union', branches: union, schema }, default: null, defaultBytes };
}
