import { html, type Markup } from './markup.ts';
import { shown, type Table } from './table.ts';

/** A table of a report. The first cell of a row is its head. */
export function tableMarkup({ title, head, rows, notes = [] }: Table): Markup {
  const heads = head.map((name) => html`<th scope="col">${name}</th>`);
  const body = rows.map(([first = '', ...cells]) => {
    const others = cells.map((cell) => html`<td>${shown(cell)}</td>`);
    return html`<tr>
      <th scope="row">${shown(first)}</th>
      ${others}
    </tr>`;
  });
  const told = notes.map((note) => html`<p class="note">${note}</p>`);
  return html`<section>
    <table>
      <caption>
        ${title}
      </caption>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
    ${told}
  </section>`;
}
