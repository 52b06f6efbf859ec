import { printable } from './table.ts';

/** Text that is markup already. Everything else is escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Markup | string | number | readonly Markup[];

/** Markup with every value escaped. No other function of the page makes markup of text. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const [first = '', ...rest] = parts;
  return new Markup(rest.reduce((text, part, i) => text + textOf(values[i]!) + part, first));
}

function textOf(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escaped(value);
  return value.map(({ text }) => text).join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and for attributes in quotes. */
function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (sign) => ESCAPES[sign]!);
}
