import { printable } from '../page/table.ts';

/** Rows of cells as aligned lines. Two spaces are between the columns. */
export function textColumns(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = cells[0]!.map((_, column) =>
    Math.max(...cells.map((row) => width(row[column] ?? ''))),
  );
  return cells.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(widths[column]! - width(cell)))
      .join('  ')
      .trimEnd(),
  );
}

/** In code points: a sign outside of the basic plane counts once. */
const width = (text: string): number => Array.from(text).length;
