import { html, type Markup } from '../page/markup.ts';
import { pageOf } from '../page/page.ts';
import { tableMarkup } from '../page/table-markup.ts';
import {
  changeOf,
  overview,
  raisedTable,
  slotTable,
  subjectOf,
  type DriftReport,
  type SeriesReport,
} from './drift-report.ts';

const WIDTH = 420;
const ROW = 26;
const LABEL = 150;

/** The report as one page that needs nothing else. */
export function driftPage(report: DriftReport): string {
  const title = `${report.model.name} ${report.model.version}: drift of ${report.input}`;
  const raised = raisedTable(report);
  const subject = subjectOf(report).map(
    ([name, what]) =>
      html`<dt>${name}</dt>
        <dd>${what}</dd>`,
  );
  return pageOf({
    title,
    header: html`<dl class="sides">${subject}</dl>`,
    main: html`${tableMarkup(overview(report))} ${raised === undefined ? '' : tableMarkup(raised)}
      <section>
        <h2><span class="key-a">Profile</span> and <span class="key-b">events</span></h2>
        <div class="plots">${report.series.map(seriesMarkup)}</div>
      </section>`,
  });
}

function seriesMarkup(series: SeriesReport): Markup {
  const { series: name, psi, psiByChance: chance, alarms } = series;
  const changes = alarms.map((alarm) => html`<p class="note">${changeOf(alarm)}</p>`);
  return html`<figure>
    <figcaption>${name}</figcaption>
    <p class="note">
      PSI
      ${psi === null || chance === null ? '–' : `${psi.toFixed(4)}, by chance ${chance.toFixed(4)}`}
    </p>
    ${changes} ${bars(series)}
    <details>
      <summary>figures</summary>
      ${tableMarkup(slotTable(series))}
    </details>
  </figure>`;
}

/** Two bars for each slot: its part of the profile, and its part of the events. */
function bars({ series, slots }: SeriesReport): Markup {
  const most = Math.max(...slots.flatMap(({ profile, events }) => [profile, events]), 1e-9);
  const height = ROW * slots.length;
  const length = (share: number): string => (((WIDTH - LABEL) * share) / most).toFixed(1);
  const rows = slots.map(({ name, profile, events }, i) => {
    const y = i * ROW;
    return html`<text x="${LABEL - 6}" y="${y + 16}" text-anchor="end">${name}</text>
      <rect class="dot a" x="${LABEL}" y="${y + 3}" width="${length(profile)}" height="9" />
      <rect class="dot b" x="${LABEL}" y="${y + 13}" width="${length(events)}" height="9" />`;
  });
  return html`<svg
    viewBox="0 0 ${WIDTH} ${height}"
    role="img"
    aria-label="${series}: parts of the profile and of the events"
  >
    ${rows}
  </svg>`;
}
