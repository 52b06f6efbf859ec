/** A cell: text is at the left of its column, a number at the right. */
export type Cell = string | number | null;

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What a reader needs to know about the figures. */
  readonly notes?: readonly string[];
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const money = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

/** A number for people; null: there is none. */
export function shown(cell: Cell): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return printable(cell);
  return Number.isInteger(cell) ? whole.format(cell) : score(cell);
}

/** With six significant digits. */
export function score(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(6)));
}

/** With all its digits, so that it can be used as it stands. */
export function exact(value: number | null): string {
  return value === null ? '–' : String(value);
}

export function count(value: number): string {
  return whole.format(value);
}

export function percent(part: number | null): string {
  return part === null ? '–' : `${(part * 100).toFixed(2)} %`;
}

export function amount(value: number | undefined): string {
  return value === undefined ? '–' : money.format(value);
}

/** Text of an event, without what could move the cursor of a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => {
    return `\\u${sign.codePointAt(0)!.toString(16).padStart(4, '0')}`;
  });
}

/** Columns with two spaces between them. The first is at the left, the others at the right. */
export function textTable({ title, head, rows, notes = [] }: Table): string {
  const lines = [head, ...rows.map((row) => row.map(shown))];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => width(line[column] ?? ''))),
  );
  const text = lines.map((line) =>
    line
      .map((cell, column) => {
        const space = ' '.repeat(Math.max(0, widths[column]! - width(cell)));
        return column === 0 ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd(),
  );
  return [title, ...text.map((line) => `  ${line}`), ...notes.map((note) => `  ${note}`), ''].join(
    '\n',
  );
}

/** In code points: a sign outside of the basic plane counts once. */
function width(text: string): number {
  return Array.from(text).length;
}
