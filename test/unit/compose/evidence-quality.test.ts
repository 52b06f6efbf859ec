import avro from 'avsc';
import { evidencePage } from '../../../src/audit/evidence-page.ts';
import type { Span } from '../../../src/audit/timeline.ts';
import { qualityOf } from '../../../src/compose/evidence-quality.ts';
import { framed } from '../../support/avro-given.ts';
import { FakeRangeReader, type LogEntry } from '../../support/fake-range-reader.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { givenMonitors, row } from './given-monitors.ts';

const LABEL = {
  type: 'record',
  name: 'Label',
  fields: [
    { name: 'of', type: ['null', 'string'], default: null },
    { name: 'outcome', type: ['null', 'string'], default: null },
  ],
};
const type = avro.Type.forSchema(LABEL as never, { wrapUnions: false });
const DAY = 86_400_000;
const { signal } = new AbortController();

/** Ids of events and their scores: those from 0.5 on are rejected. */
const EVENTS = { a: 0.9, b: 0.8, c: 0.7, d: 0.2, e: 0.1, f: 0.05 };

interface World {
  /** Id, outcome, and days after the events. */
  readonly labels?: readonly (readonly [string | null, string | null, number])[][];
  readonly overrides?: readonly (readonly [string, string])[];
  readonly labelsTo?: number;
  readonly carry?: readonly string[];
  readonly more?: object;
  readonly copies?: boolean;
}

const FIRST: NonNullable<World['labels']> = [
  [
    ['a', '1', 1],
    ['b', '0', 1],
    ['d', '0', 2],
    ['nobody', '1', 2],
    ['b', '1', 3],
    ['e', '1', 11], // too late
    ['d', null, 12],
    ['a', 'perhaps', 12],
  ],
  [['c', '1', 20]],
];

async function quality({
  labels = FIRST,
  overrides = [],
  labelsTo,
  carry = ['tx', 'band'],
  more = {},
  copies = false,
}: World) {
  const monitors = givenMonitors({
    output: {
      ...{ topic: 'scores', schemaName: 'Score', namespace: 'stream_scorer' },
      ...{ partitioning: 'same', carry },
    },
    labels: {
      ...{ topic: 'labels', id: 'tx=of', label: 'outcome', horizonDays: 10 },
      ...{ unlabelled: 'ignore', maxMemoryBytes: 2 ** 24 },
      overrides: { topic: 'people', decision: 'outcome' },
      ...more,
    },
    fairness: { by: ['band'], favourable: ['APPROVE'], minRatio: 0.8 },
  });
  const { records } = await monitors.scored(
    Object.entries(EVENTS).map(([tx, amount]) => row({ tx, amount })),
  );
  const registry = new FakeRegistry();
  await registry.register('scores-value', monitors.plan!.stream.scoreSchema);
  const id = await registry.register('labels-value', LABEL);
  await registry.register('people-value', LABEL);
  const now = Date.now();
  const entry = (value: Buffer | null, offset: number, timestamp: number): LogEntry => ({
    aborted: false,
    record: { offset, timestamp, key: null, value },
  });
  // the first copy of the first event has a lower score
  const other = records.map((record) => ({ value: Buffer.from(record.value!) }));
  other[0]!.value.writeDoubleLE(0.15, 5);
  const written = copies ? [...other, ...records] : records;
  const scores = written.map(({ value }, offset) => entry(value, offset, now));
  const labelLogs = labels.map((part) =>
    part.map(([of, outcome, days], offset) =>
      entry(framed(id, type.toBuffer({ of, outcome })), offset, now + days * DAY),
    ),
  );
  const people = overrides.map(([of, outcome], offset) =>
    entry(framed(id, type.toBuffer({ of, outcome })), offset, now),
  );
  const reader = new FakeRangeReader(
    new Map([
      ['scores', [scores]],
      ['labels', labelLogs],
      ['people', [people]],
    ]),
  );
  const { settings } = monitors;
  const spans = [{ records: written.length, partitions: [{ partition: 0 }] }] as unknown as Span[];
  const options = { settings, policies: [], reader, registry, signal };
  return qualityOf(
    {
      ...options,
      from: now - DAY,
      to: now + DAY,
      labelsTo: labelsTo === undefined ? undefined : now + labelsTo * DAY,
    },
    spans,
  );
}
type Found = Awaited<ReturnType<typeof quality>>;
const available = (found: Found) => {
  if ('notAvailable' in found) throw new Error(found.notAvailable);
  return found.available;
};

it('joins labels with the score records of the range, and says how far the labels are', async () => {
  const found = available(await quality({ labelsTo: 30 }));
  expect(found.labels).toMatchObject({
    topic: 'labels',
    outcomes: { changed: 1, empty: 1, invalid: 1, joined: 3, late: 2, unknown: 1 },
  });
  expect(found.scores).toEqual({ records: 6, withoutIdOrScore: 0, outOfRange: 0 });
  const [all] = found.versions;
  expect(found.versions).toHaveLength(1);
  // c and e have a label that is too late, and f has none
  expect(all).toMatchObject({
    ...{ version: '7', segment: null, events: 6, labelled: 3, matured: 6, never: 3, late: 2 },
    figures: {
      ...{ labelled: 3, positives: 2, averagePrecision: 1 },
      alarms: { caught: 2, falsePositives: 0, missed: 0, precision: 1, recall: 1 },
    },
  });
  expect(found.groups).toMatchObject([{ by: 'band', groups: [{ group: 'young' }] }]);
  expect(found.days).toMatchObject([{ events: 6, sampled: 1, complete: true }]);
  const again = available(await quality({ labelsTo: 30 }));
  expect(again.versions).toEqual(found.versions);
});

it('counts labels only up to a time, and days only once their labels are there', async () => {
  const found = available(await quality({ labelsTo: 2.5 }));
  expect(found.versions).toMatchObject([
    { events: 6, labelled: 3, matured: 0, never: 0, late: 0, figures: null },
  ]);
  expect(found.days).toMatchObject([{ complete: false, cohorts: [{ labelled: 3, positives: 1 }] }]);
});

it('takes events without a label for negative, where that is configured', async () => {
  const more = { unlabelled: 'negative' };
  const found = available(await quality({ labelsTo: 30, more }));
  expect(found.versions).toMatchObject([
    {
      labelled: 3,
      never: 3,
      figures: { labelled: 6, positives: 2, alarms: { falsePositives: 1 } },
    },
  ]);
});

it('counts a score that was written twice once, and says what people decided', async () => {
  const overrides = [
    ['a', 'REJECT'],
    ['b', 'APPROVE'],
    ['f', 'APPROVE'],
  ] as const;
  const found = available(await quality({ overrides, labelsTo: 30, copies: true }));
  expect(found.versions).toMatchObject([{ events: 6, figures: { averagePrecision: 1 } }]);
  expect(found.overrides).toEqual({
    topic: 'people',
    outcomes: { joined: 3 },
    agreement: [
      { by: 'bands', decision: 'REJECT', agreed: 1, disagreed: 1 },
      { by: 'bands', decision: 'APPROVE', agreed: 1, disagreed: 0 },
    ],
  });
  const without = { what: { notAvailable: 'not asked' } };
  const page = evidencePage({
    ...{ name: 'n', from: '1', to: '2', inputTopics: ['in'], outputTopic: 'out', scores: 6 },
    ...{ spans: [], models: [], policies: [], deadLetters: without.what, sample: without.what },
    ...{ drift: without.what, fairness: without.what, quality: { available: found } },
    expected: without.what,
  });
  expect(page).toContain('Quality by version');
  expect(page).toMatch(/<td>\(all\)<\/td>/);
  expect(page).toContain('Decisions of people');
});

it('says why it is not there', async () => {
  expect(await quality({ carry: ['band'] })).toEqual({
    notAvailable: expect.stringContaining('add it to output.carry') as unknown,
  });
  expect(await quality({ more: { topic: 'elsewhere' } })).toEqual({
    notAvailable: 'the schema registry has no subject elsewhere-value',
  });
});
