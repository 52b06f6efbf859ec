import type { ComparisonOptions } from '../../../src/compare/comparison.ts';
import { htmlReport } from '../../../src/compare/html-report.ts';
import { LabelTable } from '../../../src/compare/label-table.ts';
import { ticksOf } from '../../../src/page/axis.ts';
import { textReport } from '../../../src/compare/text-report.ts';
import { batch, comparison, labels, subject } from './given.ts';

const EVIL = `</td><script>alert("x")</script>'&\u001b[2J`;
const HOUR_MS = 3_600_000;

/** A comparison that uses everything, of events that would break a page or a terminal. */
function full(more: Partial<ComparisonOptions> = {}) {
  const table = new LabelTable(10);
  table.add('x', 1);
  const whole = comparison({
    subject: subject({ by: 'country', amount: 'amount', time: 'time', labels: 'id', input: EVIL }),
    times: true,
    capacity: 2,
    labels: table,
    ...more,
  });
  const a = [0.1, 0.5, 0.9, 0.2, 0.2];
  whole.add(
    batch(a, [0.4, 0.5, 0.1, 0.2, 'FIELD_NULL'], {
      time: Float64Array.from(a, (_, i) => i * 20 * HOUR_MS),
      segment: a.map((_, i) => (i % 2 === 0 ? EVIL : 'DE')),
      amount: Float64Array.from(a, (_, i) => 1000 * i),
      label: labels([1, 0, 1, 0, null]),
      carried: () => ({ name: EVIL }),
    }),
  );
  return whole.report();
}

describe('the report on a terminal', () => {
  const text = textReport(full());

  it('has aligned columns, and every part', () => {
    expect(text).toContain('Decisions');
    const lines = text.split('\n');
    const start = lines.indexOf('Decisions');
    const [head, first] = lines.slice(start + 1, start + 3) as [string, string];
    expect(head.trimEnd()).toHaveLength(first.length);
    for (const part of [
      'A  a.yaml  model fraud 1',
      'not scored: FIELD_NULL',
      'APPROVE → REVIEW: the largest differences',
      'Threshold for 2 reviews a day',
      'By country',
      'Decisions per hour',
      'ROC AUC',
    ])
      expect(text).toContain(part);
  });

  it('lets nothing of an event move the cursor', () => {
    expect(text).not.toContain('\u001b');
    expect(text).toContain('\\u001b[2J');
  });

  it('has no figure that is not a number', () => {
    expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
    expect(textReport(comparison({ capacity: 3 }).report())).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the page', () => {
  const page = htmlReport(full());

  it('escapes what events have in them', () => {
    expect(page).not.toContain('<script');
    expect(page).not.toContain('\u001b');
    expect(page).toContain('&lt;/td&gt;&lt;script&gt;');
  });

  it('needs nothing from elsewhere, and forbids it', () => {
    expect(page).toContain(`default-src 'none'`);
    expect(page).not.toMatch(/\b(?:src|href|url)\s*[=(]|@import|https?:/);
  });

  it('is well-formed: what opens closes', () => {
    const open: string[] = [];
    for (const [, end, name, rest] of page.matchAll(/<(\/?)([a-z]+\d?)([^>]*)>/g)) {
      if (name === 'meta' || rest!.endsWith('/')) continue;
      if (end === '') open.push(name!);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  it('has a name for each plot, and no place that is not a number', () => {
    const plots = [...page.matchAll(/<svg[^>]*role="img" aria-label="[^"]+"/g)];
    expect(plots).toHaveLength(6);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('is there for a comparison of nothing', () => {
    const empty = htmlReport(comparison({ capacity: 3, labels: new LabelTable(1) }).report());
    expect(empty).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the places on an axis', () => {
  it.each([
    [0, 1, ['0', '0.2', '0.4', '0.6', '0.8', '1']],
    [0, 1500, ['0', '500', '1K', '1.5K']],
    [-3, 3, ['-2', '0', '2']],
    [0.5, 0.5, ['0.5']],
  ])('are round between %d and %d', (from, to, wanted) => {
    expect(ticksOf(from, to).map(({ label }) => label)).toEqual(wanted);
  });
});
