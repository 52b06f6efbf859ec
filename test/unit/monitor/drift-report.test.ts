import { driftPage } from '../../../src/monitor/drift-page.ts';
import {
  driftText,
  inOrder,
  seriesReport,
  type DriftReport,
} from '../../../src/monitor/drift-report.ts';
import type { ReferenceSeries } from '../../../src/monitor/profile-series.ts';
import { numericSlots, slotsOf } from '../../../src/monitor/reference.ts';

const histogram = { edges: [1], counts: [50, 50], low: 0, high: 2 };
const amount: ReferenceSeries = {
  name: 'amount',
  field: undefined,
  reference: undefined,
  slots: numericSlots(histogram, 0),
  hours: undefined,
};
const country: ReferenceSeries = {
  ...amount,
  name: 'country',
  slots: slotsOf({
    name: 'country',
    field: 'country',
    kind: 'categorical',
    categories: ['<script>'],
    counts: [100],
    missing: 0,
    others: 0,
    otherCategories: [],
  }),
};
const alarm = {
  series: 'country',
  change: 'more never seen',
  since: '2026-11-01T00:00:00.000Z',
  raisedAt: '2026-11-02T00:00:00.000Z',
  seenAt: '2026-11-02T00:00:00.000Z',
};
const report: DriftReport = {
  model: { name: 'fraud', version: '1', sha256: 'ab' },
  input: 'events.jsonl',
  profile: { rows: 100, from: null, to: null },
  events: 10,
  unscored: { FIELD_NULL: 2 },
  warnings: ['the profile is small'],
  effect: 0.1,
  falseAlarmsPerMillion: 0.01,
  series: inOrder([
    seriesReport(amount, [0, 0, 5, 5, 0], [alarm]),
    seriesReport(country, [0, 8, 0, 2], [alarm]),
  ]),
  leftOut: [{ name: 'hourOfDay of time', why: 'a time always moves on' }],
};

describe('the report of drift', () => {
  it('has each feature beside its reference, the changed ones first', () => {
    expect(report.series.map(({ series, alarms }) => [series, alarms.length])).toEqual([
      ['country', 1],
      ['amount', 0],
    ]);
    expect(report.series[1]!.slots).toEqual([
      { name: 'missing', profile: 0, events: 0 },
      { name: 'below 0', profile: 0, events: 0 },
      { name: '< 1', profile: 0.5, events: 0.5 },
      { name: '>= 1', profile: 0.5, events: 0.5 },
      { name: 'above 2', profile: 0, events: 0 },
    ]);
    const text = driftText(report);
    expect(text).toContain('more never seen, since 2026-11-01T00:00:00.000Z');
    expect(text).toContain('without a score  2 because of FIELD_NULL');
    expect(text).toContain('warning          the profile is small');
    // 5 slots, 3 of them without a row: (1/100 + 1/10) · 1
    expect(text).toMatch(/amount +0\.0119 +0\.1100 +–/);
    expect(text).toMatch(/never seen +0.00 % +20.00 %/);
    expect(text).toContain('hourOfDay of time: a time always moves on');
  });

  it('says nothing of no events', () => {
    expect(seriesReport(amount, [0, 0, 0, 0, 0], [])).toMatchObject({
      psi: null,
      psiByChance: null,
    });
  });

  it('is a page without anything from elsewhere, whatever a category is called', () => {
    const page = driftPage(report);
    expect(page).not.toContain('<script>');
    expect(page).toContain('&lt;script&gt;');
    expect(page).toMatch(/PSI\s+\d\.\d{4}, by chance 0\.1100/);
    expect(page).toContain('the profile is small');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/(?:src|href)=/);
    expect(page.match(/<figure>/g)).toHaveLength(2);
  });
});
