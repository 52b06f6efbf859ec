import { html, Markup } from '../page/markup.ts';
import { STYLE } from '../page/style.ts';
import { tableMarkup } from '../page/table-markup.ts';
import type { Cell, Table } from '../page/table.ts';
import { isAvailable, type Evidence, type Section } from './evidence.ts';

/** The index of the evidence: one page that needs nothing else, and links to the files beside it. */
export function evidencePage(evidence: Evidence): string {
  const title = `Evidence: ${evidence.name}, ${evidence.from} to ${evidence.to}`;
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
          <p>
            ${evidence.scores} score records of ${evidence.outputTopic}, of events of
            ${evidence.inputTopics.join(', ')}. <a href="index.json">index.json</a> has the sha256
            of every file.
          </p>
        </header>
        <main>
          ${tablesOf(evidence).map(tableMarkup)}
          ${linked('Recomputed scores', evidence.sample, 'sample.json')}
          ${linked('Drift', evidence.drift, 'figures/drift.json')}
          ${linked('Fairness', evidence.fairness, 'figures/fairness.json')}
          ${linked('Quality', evidence.quality, 'figures/quality.json')}
        </main>
      </body>
    </html> `;
  return page.text;
}

function linked(title: string, section: Section<unknown>, file: string): Markup {
  const text = isAvailable(section)
    ? html`<a href="${file}">${file}</a>`
    : html`<span class="note">not available: ${section.notAvailable}</span>`;
  return html`<section>
    <h2>${title}</h2>
    <p>${text}</p>
  </section>`;
}

function tablesOf({ spans, models, policies, deadLetters, sample }: Evidence): Table[] {
  const dead: Cell[][] = isAvailable(deadLetters)
    ? Object.entries(deadLetters.available).map(([code, number]) => [code, number])
    : [];
  return [
    {
      title: 'Who decided',
      head: ['version', 'policy', 'records', 'from', 'to', 'decisions', 'decided by'],
      rows: spans.map((span) => [
        `${span.version} (${span.sha256.slice(0, 12)})`,
        span.policy ?? '(no label)',
        span.records,
        span.from,
        span.to,
        counts(span.decisions),
        counts(span.decidedBy),
      ]),
      notes: ['Offsets by partition are in timeline.json. Spans at the same time are a canary.'],
    },
    {
      title: 'Versions of the model',
      head: ['version', 'sha256', 'records', 'files'],
      rows: models.map(({ version, sha256, records, files, copies }) => [
        version,
        sha256,
        records,
        isAvailable(files) ? copies.join(', ') : `not available: ${files.notAvailable}`,
      ]),
    },
    {
      title: 'Policies',
      head: ['label', 'records', 'sha256', 'files'],
      rows: policies.map(({ label, records, sha256, copy, diff }) => [
        label ?? '(no label)',
        records,
        isAvailable(sha256) ? sha256.available : `not available: ${sha256.notAvailable}`,
        [copy, diff].filter((file) => file !== null).join(', '),
      ]),
    },
    {
      title: 'Dead letters',
      head: ['code', 'records'],
      rows: dead,
      notes: isAvailable(deadLetters) ? [] : [`not available: ${deadLetters.notAvailable}`],
    },
    ...(isAvailable(sample)
      ? [
          {
            title: 'Recomputed scores',
            head: ['result', 'scores'],
            rows: Object.entries(sample.available.verdicts).map(([name, number]): Cell[] => [
              name,
              number,
            ]),
            notes: sample.available.missing.map(
              ({ what, why, count }) => `${count} without ${what}: ${why}`,
            ),
          },
        ]
      : []),
  ];
}

const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .map(([name, number]) => `${name} ${number}`)
    .join(', ');
