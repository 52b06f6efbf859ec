import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { csvRows } from '../files/csv.ts';
import { parseExactJson } from '../files/exact-json.ts';
import { linesOf } from '../files/lines.ts';
import { unpackedText } from '../files/no-lines.ts';
import { parsePath } from '../flow/path.ts';
import { labelsOfContainer } from './label-records.ts';
import { addLabel, invalidLabel, type LabelTarget } from './label-target.ts';

/** Reads all labels of a file: .jsonl, .csv with a line of names, or .avro. */
export async function labelsOfFile(
  chunks: AsyncIterable<Buffer>,
  name: string,
  target: LabelTarget,
  settings: Settings,
): Promise<void> {
  if (name.endsWith('.avro')) return labelsOfContainer(chunks, name, target, settings);
  if (name.endsWith('.csv')) return labelsOfCsv(chunks, name, target);
  if (!name.endsWith('.jsonl'))
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: 'only .jsonl, .csv and .avro files can hold labels',
      where: name,
    });
  const { join } = target;
  const [id, value] = [pathOf(join.label), pathOf(join.value)];
  let line = 0;
  for await (const text of linesOf(unpackedText(chunks, name), name)) {
    line++;
    if (text?.trim() === '') continue;
    const where = `${name}:${line}`;
    const json = parsed(text, where);
    addLabel(target, valueAt(json, id), valueAt(json, value), where);
  }
}

async function labelsOfCsv(
  chunks: AsyncIterable<Buffer>,
  name: string,
  target: LabelTarget,
): Promise<void> {
  const { join } = target;
  let columns: { readonly id: number; readonly value: number } | undefined;
  for await (const { line, cells } of csvRows(linesOf(unpackedText(chunks, name), name), name)) {
    if (columns === undefined) {
      columns = { id: cells.indexOf(join.label), value: cells.indexOf(join.value) };
      for (const [column, at] of [
        [join.label, columns.id],
        [join.value, columns.value],
      ] as const) {
        if (at === -1)
          throw invalidLabel(`the first line has no column ${column}`, `${name}:${line}`);
      }
    } else addLabel(target, cells[columns.id], cells[columns.value], `${name}:${line}`);
  }
}

function pathOf(path: string): readonly (string | number)[] {
  const steps = parsePath(path);
  if (steps === undefined) throw invalidLabel(`${path} is not a valid path`, '--label-id');
  return steps;
}

function valueAt(json: unknown, path: readonly (string | number)[]): unknown {
  let at = json;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}

function parsed(text: string | undefined, where: string): unknown {
  if (text === undefined) throw invalidLabel('the line is not UTF-8', where);
  try {
    return parseExactJson(text);
  } catch {
    throw invalidLabel('the line is not JSON', where);
  }
}
