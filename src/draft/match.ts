import type { InputSignature } from '../flow/features.ts';
import { allowsNull, fieldPaths, findField, withoutNull, type Shape } from '../flow/shape.ts';
import { nearest } from '../runtime/nearest.ts';

/** How one column of the model is drafted: from which field, how sure that is, and what a person should look at. */
export interface DraftColumn {
  /** The name that the model or its metadata gives the column; undefined where it gives none. */
  readonly wanted: string | undefined;
  /** Path of the field; undefined where none fits. */
  readonly field: string | undefined;
  readonly categories?: readonly string[];
  /** What is not certain, in a few words each. */
  readonly notes: readonly string[];
  /** Whether a person has to act before this can score. */
  readonly todo: boolean;
}

export interface DraftInput {
  readonly name: string;
  readonly columns: readonly DraftColumn[];
}

const NUMBERS: ReadonlySet<string> = new Set(['int', 'long', 'float', 'double', 'boolean']);

/**
 * Matches the inputs of a model with the fields of an event by their names, nearest first: the same path; the same but for
 * case and punctuation; the same last segment, where only one field has it; then the most similar spelling. Columns of a
 * matrix have names only where the model brings them (`names`); otherwise the event's number fields stand in their order,
 * which is a guess even where there are as many.
 */
export function matchInputs(
  inputs: readonly InputSignature[],
  event: Shape,
  names: readonly string[] | undefined,
): DraftInput[] {
  const paths = fieldPaths(event).filter((path) => kindOf(event, path) !== undefined);
  return inputs.map((input) => {
    if (input.columns === 1) return { name: input.name, columns: [column(input.name, input, event, paths)] };
    const known = names?.length === input.columns || input.columns === null ? names : undefined;
    if (known !== undefined)
      return { name: input.name, columns: known.map((name) => column(name, input, event, paths)) };
    return { name: input.name, columns: guessed(input, event, paths) };
  });
}

function column(wanted: string, input: InputSignature, event: Shape, paths: readonly string[]): DraftColumn {
  const found = match(wanted, paths);
  if (found === undefined) {
    const like = nearest(wanted, paths);
    const notes = [`no field is called ${wanted}${like === undefined ? '' : `; perhaps ${like}`}`];
    return { wanted, field: undefined, notes, todo: true };
  }
  const drafted = featureOf(found.path, input, event);
  const notes = found.sure ? drafted.notes : [`taken for ${wanted}`, ...drafted.notes];
  return { ...drafted, wanted, notes };
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');
const lastOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

function match(wanted: string, paths: readonly string[]): { path: string; sure: boolean } | undefined {
  if (paths.includes(wanted)) return { path: wanted, sure: true };
  for (const name of [(path: string) => plain(path), (path: string) => plain(lastOf(path))]) {
    const same = paths.filter((path) => name(path) === plain(wanted));
    if (same.length === 1) return { path: same[0]!, sure: true };
  }
  const like = nearest(plain(wanted), paths.map(plain));
  const path = paths.find((candidate) => plain(candidate) === like);
  return path === undefined ? undefined : { path, sure: false };
}

/** The event's number fields for a matrix whose columns have no names. */
function guessed(input: InputSignature, event: Shape, paths: readonly string[]): DraftColumn[] {
  const wanted = input.type === 'string' ? 'text' : 'number';
  const fields = paths.filter((path) => kindOf(event, path) === wanted);
  const fits = input.columns === null || fields.length === input.columns;
  const columns = fields.map((path) => ({ ...featureOf(path, input, event), wanted: undefined, todo: true }));
  const first = fits
    ? `the model does not name its ${fields.length} columns: put them into the order it was trained with`
    : `the model has ${input.columns} columns without names, the event ${fields.length} ${wanted} fields: choose and order them`;
  return columns.map((each, i) => (i === 0 ? { ...each, notes: [first, ...each.notes] } : each));
}

function featureOf(path: string, input: InputSignature, event: Shape): Omit<DraftColumn, 'wanted'> {
  const { shape, nullable } = findField(event, path)!;
  const inner = withoutNull(shape);
  const notes = nullable ? ['may be null: a dead letter then, unless you add missing'] : [];
  if (input.type === 'string' || kindOf(event, path) === 'number') return { field: path, notes, todo: false };
  if (inner.kind === 'enum') {
    const order = 'put the categories into the order the model was trained with';
    return { field: path, categories: inner.symbols, notes: [order, ...notes], todo: true };
  }
  return { field: path, notes: ['a text: list its categories, or use oneHot', ...notes], todo: true };
}

/** What a field can be for a model: a number, a text, or nothing by itself (records, arrays, maps). */
function kindOf(event: Shape, path: string): 'number' | 'text' | undefined {
  const shape = withoutNull(findField(event, path)!.shape);
  if (NUMBERS.has(shape.kind) || shape.logical === 'decimal') return 'number';
  return shape.kind === 'string' || shape.kind === 'enum' ? 'text' : undefined;
}

/** Fields that look like what identifies an event, to be carried into the score records. */
export function identifiers(event: Shape): string[] {
  return fieldPaths(event).filter((path) => {
    const { shape } = findField(event, path)!;
    return !path.includes('.') && !allowsNull(shape) && shape.kind === 'string' && /(^id|_id|Id|ID)$/.test(path);
  });
}
