import { SIDES, type Side } from './compared-batch.ts';
import { html, type Markup } from '../page/markup.ts';
import { pageOf } from '../page/page.ts';
import { curvePlot, scorePlot, thresholdPlot, volumePlots } from './page/plots.ts';
import { exampleTables, flipMatrix, tiles } from './page/sections.ts';
import { tableMarkup } from '../page/table-markup.ts';
import { tablesOf, volumesTable } from './report-tables.ts';
import type { Report } from './report.ts';

/** So many hours or days at most are in the table. */
const MAX_TIMES = 400;

/** The report as one page that needs nothing else. */
export function htmlReport(report: Report): string {
  const plots = [
    scorePlot(report),
    curvePlot(report),
    thresholdPlot(report),
    ...volumePlots(report),
  ].filter((plot) => plot !== undefined);
  const { subject } = report;
  const title = `${subject.a.model.name}: A and B on ${subject.input}`;
  return pageOf({
    title,
    header: html`<dl class="sides">${SIDES.map((side) => sideMarkup(report, side))}</dl>`,
    main: html`${tiles(report)} ${flipMatrix(report)}
      <section><div class="plots">${plots}</div></section>
      ${tablesOf(report).map(tableMarkup)} ${exampleTables(report.flips)}
      ${volumesTable(report, MAX_TIMES).map(
        (table) =>
          html`<section>
            <details>
              <summary>${table.title}</summary>
              ${tableMarkup({ ...table, title: 'All of them' })}
            </details>
          </section>`,
      )}`,
  });
}

function sideMarkup({ subject }: Report, side: Side): Markup {
  const { config, sets, model, policy, recorded } = subject[side];
  const line = side === 'a' ? 'dashed line' : 'solid line';
  const short = model.sha256 === '' ? '' : ` (sha256 ${model.sha256.slice(0, 12)})`;
  const what = `model ${model.name} ${model.version}${short}, policy ${policy ?? 'without a name'}`;
  const from =
    recorded === undefined ? [config, ...sets].join(' ') : `the score records of ${recorded.topic}`;
  return html`<dt class="key-${side}">${side.toUpperCase()}</dt>
    <dd>${what} <span class="note">${from}; ${line}</span></dd>`;
}
