import { html, type Markup } from '../page/markup.ts';
import { pageOf } from '../page/page.ts';
import { tableMarkup } from '../page/table-markup.ts';
import type { Cell, Table } from '../page/table.ts';
import { isAvailable, type Evidence, type Section } from './evidence.ts';
import {
  driftTable,
  expectedTable,
  fairnessTable,
  overridesTable,
  qualityTable,
} from './evidence-tables.ts';

/** The index of the evidence: one page that needs nothing else, and links to the files beside it. */
export function evidencePage(evidence: Evidence): string {
  const { drift, fairness, quality, expected } = evidence;
  return pageOf({
    title: `Evidence: ${evidence.name}, ${evidence.from} to ${evidence.to}`,
    header: html`<p>
      ${evidence.scores} score records of ${evidence.outputTopic}, of events of
      ${evidence.inputTopics.join(', ')}. <a href="index.json">index.json</a> has the sha256 of
      every file.
    </p>`,
    main: html`${tablesOf(evidence).map(tableMarkup)}
    ${linked('Recomputed scores', evidence.sample, 'sample.json')}
    ${linked('Drift', drift, 'figures/drift.json', driftTable)}
    ${linked('Fairness', fairness, 'figures/fairness.json', fairnessTable)}
    ${linked('Quality', quality, 'figures/quality.json', qualityTable, overridesTable)}
    ${linked('Expected quality', expected, 'figures/expected.json', expectedTable)}`,
  });
}

function linked<T>(
  title: string,
  section: Section<T>,
  file: string,
  ...tables: readonly ((of: T) => Table | undefined)[]
): Markup {
  const shown = isAvailable(section)
    ? tables.flatMap((table) => table(section.available) ?? [])
    : [];
  const text = isAvailable(section)
    ? html`<a href="${file}">${file}</a>`
    : html`<span class="note">not available: ${section.notAvailable}</span>`;
  return html`<section>
    <h2>${title}</h2>
    <p>${text}</p>
    ${shown.map(tableMarkup)}
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
