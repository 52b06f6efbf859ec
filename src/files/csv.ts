import { ScorerError } from '../errors.ts';

export interface CsvRow {
  /** From 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A quoted cell with doubled quotes, or a bare one, and what ends it. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;

/**
 * The rows of lines of comma-separated values (RFC 4180), but a cell is on one line. Empty lines are
 * left out. Throws INPUT_INVALID.
 */
export async function* csvRows(
  lines: AsyncIterable<string | undefined>,
  name: string,
): AsyncGenerator<CsvRow> {
  let line = 0;
  for await (const text of lines) {
    line++;
    if (text === '') continue;
    const cells = text === undefined ? undefined : cellsOf(text);
    if (cells === undefined)
      throw new ScorerError({
        code: 'INPUT_INVALID',
        what: 'the line is not comma-separated UTF-8 text with one row per line',
        where: `${name}:${line}`,
      });
    yield { line, cells };
  }
}

function cellsOf(text: string): string[] | undefined {
  const cells: string[] = [];
  for (CELL.lastIndex = 0; ;) {
    const match = CELL.exec(text);
    if (match === null) return undefined;
    const [, quoted, bare, end] = match;
    cells.push(quoted === undefined ? bare! : quoted.replaceAll('""', '"'));
    if (end === '') return cells;
  }
}
