import { median } from './statistics.ts';

/**
 * A number with so many digits after the point, as people write it; a dash for what could not be
 * measured.
 */
export const round =
  (digits: number) =>
  (value: number): string =>
    Number.isNaN(value)
      ? '–'
      : value.toLocaleString('en-US', {
          minimumFractionDigits: digits,
          maximumFractionDigits: digits,
        });

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Median (lowest to highest); one dash where nothing could be measured. */
export function spread(values: readonly number[], show: (value: number) => string): string {
  const middle = median(values);
  if (Number.isNaN(middle)) return show(middle);
  return `${show(middle)} (${show(Math.min(...values))} to ${show(Math.max(...values))})`;
}
