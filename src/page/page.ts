import { html, Markup } from './markup.ts';
import { STYLE } from './style.ts';

export interface PageParts {
  readonly title: string;
  /** Below the title. */
  readonly header: Markup;
  readonly main: Markup;
}

/**
 * A page that needs nothing else: no script, no font, no request. Its policy forbids all of them,
 * whatever an event has in it.
 */
export function pageOf({ title, header, main }: PageParts): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${header}
        </header>
        <main>${main}</main>
      </body>
    </html> `;
  return page.text;
}
