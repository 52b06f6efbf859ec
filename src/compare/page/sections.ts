import { SIDES, type Side } from '../compared-batch.ts';
import { keysOf } from '../counts.ts';
import type { FlipKind, Report } from '../report.ts';
import { amount, count, percent, score } from '../../page/table.ts';
import { html, type Markup } from '../../page/markup.ts';

/** Decisions of A against those of B. What flips is shaded by its share of the flips. */
export function flipMatrix({ all, flips, agreed }: Report): Markup {
  const names = keysOf(all.decisions.a, all.decisions.b);
  const counts = new Map(flips.map(({ from, to, count: events }) => [`${from}\n${to}`, events]));
  const cell = (from: string, to: string): Markup => {
    if (from === to) return html`<td class="same">${count(agreed[from] ?? 0)}</td>`;
    const events = counts.get(`${from}\n${to}`) ?? 0;
    const share = all.flips === 0 ? 0 : Math.round((events / all.flips) * 70) / 100;
    return html`<td style="--share: ${share}">${count(events)}</td>`;
  };
  const heads = names.map((name) => html`<th scope="col">B ${name}</th>`);
  const rows = names.map((from) => {
    const cells = names.map((to) => cell(from, to));
    return html`<tr>
      <th scope="row">A ${from}</th>
      ${cells}
    </tr>`;
  });
  const note = `${count(all.flips)} of ${count(all.bothScored)} events that both have scored flip (${percent(all.flipShare)})`;
  return html`<section>
    <table class="matrix">
      <caption>
        Decisions of A and of B
      </caption>
      <thead>
        <tr>
          <th scope="col"></th>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
    <p class="note">${note}</p>
  </section>`;
}

/** A few events of each kind of flip, with their coordinates and their carried fields. */
export function exampleTables(flips: readonly FlipKind[]): Markup {
  const heads = ['where', 'time', 'A', 'B', 'carried fields'].map(
    (name) => html`<th scope="col">${name}</th>`,
  );
  const tables = flips
    .filter(({ examples }) => examples.length > 0)
    .map(({ from, to, examples }) => {
      const rows = examples.map(
        ({ topic, partition, offset, time, a, b, event }) =>
          html`<tr>
            <th scope="row">${`${topic} ${partition} ${offset}`}</th>
            <td>${time ?? '–'}</td>
            <td>${score(a)}</td>
            <td>${score(b)}</td>
            <td class="event">${JSON.stringify(event)}</td>
          </tr>`,
      );
      return html`<h3>${from} → ${to}</h3>
        <table>
          <thead>
            <tr>
              ${heads}
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>`;
    });
  if (tables.length === 0) return html``;
  return html`<section>
    <h2>Examples: the largest differences of each kind</h2>
    ${tables}
  </section>`;
}

/** The few figures that a decision needs first. */
export function tiles(report: Report): Markup {
  const { all, subject } = report;
  const pair = (of: (side: Side) => string): string => SIDES.map(of).join(' → ');
  const shownTiles: [string, string][] = [
    ['events', count(all.events)],
    ['flips', `${count(all.flips)} (${percent(all.flipShare)})`],
  ];
  const { quality } = all;
  const alarms = quality && { a: quality.a.alarms, b: quality.b.alarms };
  if (alarms?.a && alarms.b) {
    const own = { a: alarms.a, b: alarms.b };
    shownTiles.push(
      ['recall of the alarms, A → B', pair((side) => percent(own[side].recall))],
      ['precision of the alarms, A → B', pair((side) => percent(own[side].precision))],
    );
    if (subject.amount !== null)
      shownTiles.push([
        `${subject.amount} missed, A → B`,
        pair((side) => amount(own[side].amount?.missed)),
      ]);
  } else {
    const { mean, maxAbsolute } = all.difference;
    shownTiles.push(
      ['mean difference of the scores', score(mean)],
      ['largest difference', score(maxAbsolute)],
    );
  }
  const items = shownTiles.map(
    ([name, value]) => html`<li><span>${name}</span><strong>${value}</strong></li>`,
  );
  return html`<ul class="tiles">
    ${items}
  </ul>`;
}
