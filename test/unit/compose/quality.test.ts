import avro from 'avsc';
import { FakeRangeReader, type LogEntry } from '../../support/fake-range-reader.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { framed } from '../../support/avro-given.ts';
import { eventually } from '../../support/eventually.ts';
import { givenMonitors, row } from './given-monitors.ts';

const openSink = () => Promise.reject(new Error('nothing is written'));
const LABEL = {
  type: 'record',
  name: 'Label',
  fields: [
    { name: 'of', type: ['null', 'string'], default: null },
    { name: 'outcome', type: ['null', 'string', 'boolean'], default: null },
  ],
};
const type = avro.Type.forSchema(LABEL as never, { wrapUnions: false });

const LABELS = { topic: 'labels', id: 'tx=of', label: 'outcome', horizonDays: 10 };
const MORE = { unlabelled: 'ignore', maxMemoryBytes: 2 ** 24 };

async function follow(
  given: ReturnType<typeof givenMonitors>,
  topic: string,
  records: readonly (object | Buffer | null)[],
) {
  const registry = new FakeRegistry();
  const id = await registry.register(`${topic}-value`, LABEL);
  const log: LogEntry[] = records.map((value, offset) => ({
    aborted: false,
    record: {
      offset,
      timestamp: Date.now(),
      key: Buffer.from(`key-${offset}`),
      value: value === null || Buffer.isBuffer(value) ? value : framed(id, type.toBuffer(value)),
    },
  }));
  const reader = new FakeRangeReader(new Map([[topic, [log]]]));
  const { stop } = await given.monitors.start({ registry, reader, openSink });
  return { log, stop };
}

it('joins labels of a topic with the events that were scored', async () => {
  const given = givenMonitors({
    labels: { ...LABELS, ...MORE },
    fairness: { by: ['band'], favourable: ['APPROVE'], minRatio: 0.8 },
  });
  const { scored, values, said, report } = given;
  const rows = [
    row({ tx: 'a', amount: 0.9 }),
    row({ tx: 'b', amount: 0.9, band: 'old' }),
    row({ tx: 'c' }),
    row({ tx: 'd' }),
  ];
  (await scored(rows)).observation!.record();
  const { stop } = await follow(given, 'labels', [
    { of: 'a', outcome: 'true' },
    { of: 'b', outcome: false },
    { of: 'c', outcome: null },
    null,
    { of: 'd', outcome: 'perhaps' },
    { of: null, outcome: 'true' },
    Buffer.from('no Avro'),
    { of: 'a', outcome: 'false' },
    { of: 'a', outcome: '0' },
    { of: 'c', outcome: '1' },
  ]);
  const outcomes = /labels_joined_total|labelled_events/;
  const seen = await eventually(
    () => values(outcomes),
    (now) => now.includes('labels_joined_total joined 3'),
  );
  await stop();
  expect(seen.toSorted()).toEqual([
    'labelled_events_total 7  false 1 1',
    'labelled_events_total 7  true 0 1',
    'labelled_events_total 7  true 1 1',
    'labels_joined_total changed 1',
    'labels_joined_total empty 2',
    'labels_joined_total invalid 3',
    'labels_joined_total joined 3',
    'labels_joined_total repeated 1',
  ]);
  const warned = said.filter((text) => text.startsWith('warn'));
  expect(warned.every((text) => text.includes('are not understood'))).toBe(true);
  expect(report()['quality']).toMatchObject({ labels: { joined: 3 }, mature: [] });
});

it('takes another value as the positive one, and the key as the id', async () => {
  const given = givenMonitors({
    labels: { ...LABELS, ...MORE, id: 'tx=@key', positive: 'CHARGEBACK' },
  });
  (await given.scored([row({ tx: 'key-0' }), row({ tx: 'key-1' })])).observation!.record();
  const { stop } = await follow(given, 'labels', [
    { of: 'x', outcome: 'CHARGEBACK' },
    { of: 'x', outcome: 'PAID' },
  ]);
  await eventually(
    () => given.values(/labels_joined_total/),
    (now) => now.includes('labels_joined_total joined 2'),
  );
  await stop();
  expect((await given.values(/labelled_events/)).toSorted()).toEqual([
    'labelled_events_total 7  false 0 1',
    'labelled_events_total 7  false 1 1',
  ]);
});

it('compares decisions of people with those of the program, by what decided', async () => {
  const given = givenMonitors({
    labels: { ...LABELS, ...MORE, overrides: { topic: 'people', decision: 'outcome' } },
  });
  const { scored, values, report } = given;
  const rows = ['a', 'b', 'c'].map((tx) => row({ tx, amount: tx === 'c' ? 0.1 : 0.9 }));
  (await scored(rows)).observation!.record();
  const { stop } = await follow(given, 'people', [
    { of: 'a', outcome: 'REJECT' },
    { of: 'b', outcome: 'APPROVE' },
    { of: 'b', outcome: 'APPROVE' },
    { of: 'c', outcome: 'REJECT' },
    { of: 'c', outcome: 'APPROVE' },
    { of: 'c', outcome: null },
    { of: 'x', outcome: 'APPROVE' },
  ]);
  await eventually(
    () => values(/overrides_joined_total/),
    (now) => now.includes('overrides_joined_total unknown 1'),
  );
  await stop();
  expect((await values(/overrides/)).toSorted()).toEqual([
    'overrides_joined_total changed 1',
    'overrides_joined_total empty 1',
    'overrides_joined_total joined 3',
    'overrides_joined_total repeated 1',
    'overrides_joined_total unknown 1',
    'overrides_total bands APPROVE false 1',
    'overrides_total bands REJECT false 1',
    'overrides_total bands REJECT true 1',
  ]);
  expect(report()['quality']).toMatchObject({
    overrides: [
      { by: 'bands', decision: 'REJECT', agreed: 1, disagreed: 1 },
      { by: 'bands', decision: 'APPROVE', agreed: 1, disagreed: 0 },
    ],
  });
});

describe('events of the output topic', () => {
  const output = { topic: 'scores', schemaName: 'Score', namespace: 'stream_scorer' };
  const more = (carry: readonly string[]) => ({
    output: { ...output, partitioning: 'same', carry },
    labels: { ...LABELS, ...MORE },
    fairness: { by: ['band', 'kind'], favourable: ['APPROVE'], minRatio: 0.8 },
  });

  async function restarted(carry: readonly string[], wereScored = true) {
    const before = givenMonitors(more(carry));
    const rows = [
      row({ tx: 'a', amount: 0.9 }),
      row({ tx: 'b', amount: 0.9, band: 'old' }),
      row({ tx: 'c' }),
    ];
    const { records } = await before.scored(rows);
    const [later] = (await before.scored([row({ tx: 'd' })])).records;
    const registry = new FakeRegistry();
    expect(await registry.register('scores-value', before.plan!.stream.scoreSchema)).toBe(1);
    const id = await registry.register('labels-value', LABEL);
    const now = Date.now();
    const entry = (value: Buffer | null, offset: number, timestamp: number): LogEntry => ({
      aborted: false,
      record: { offset, timestamp, key: null, value },
    });
    const label = (of: string, outcome: string, offset: number, ago: number): LogEntry =>
      entry(framed(id, type.toBuffer({ of, outcome })), offset, now - ago);
    const labels = [
      label('a', '0', 0, 9_000_000),
      label('a', '1', 1, 8_000_000),
      label('b', '0', 2, 7_000_000),
      label('c', '1', 3, -60_000), // after the start
    ];
    const scores = (wereScored ? records : []).map(({ value }, offset) =>
      entry(value, offset, now),
    );
    const after = givenMonitors(more(carry));
    const reader = new FakeRangeReader(
      new Map([
        ['scores', [scores]],
        ['labels', [labels]],
      ]),
    );
    const { stop } = await after.monitors.start({ registry, reader, openSink });
    const writeLater = (): void => void scores.push(entry(later!.value, scores.length, now));
    return { ...after, stop, rows, writeLater };
  }

  it('are kept again after a start, with their labels, and count nothing twice', async () => {
    const { monitors, report, values, stop } = await restarted(['tx', 'band']);
    monitors.assigned([{ topic: 'events', partition: 0 }]);
    const quality = () => report()['quality'] as { days: unknown[]; restoring: boolean };
    await eventually(quality, ({ days }) => days.length > 0);
    await eventually(
      () => values(/labelled_events/),
      (seen) => seen.length > 0,
    );
    monitors.assigned([{ topic: 'events', partition: 0 }]); // nothing new: counts again
    await eventually(quality, ({ days }) => JSON.stringify(days).includes('"labelled":3'));
    expect(quality()).toMatchObject({
      restoring: false,
      days: [
        {
          events: 3,
          cohorts: [{ model: '7', positives: 2, alarms: { caught: 1, falsePositives: 1 } }],
        },
      ],
    });
    expect(await values(/labelled_events/)).toEqual(['labelled_events_total 7  false 1 1']);
    monitors.assigned([]);
    await eventually(quality, ({ days }) => JSON.stringify(days).includes('"events":0'));
    await stop();
  });

  it('are those that were there when the partitions came: what is written later is known', async () => {
    const { monitors, report, stop, writeLater } = await restarted(['tx', 'band']);
    const quality = () => report()['quality'] as { days: unknown[] };
    monitors.assigned([{ topic: 'events', partition: 0 }]);
    writeLater();
    await eventually(quality, ({ days }) => days.length > 0);
    expect(quality()).toMatchObject({ days: [{ events: 3 }] });
    monitors.assigned([]);
    monitors.assigned([{ topic: 'events', partition: 0 }]);
    await eventually(quality, ({ days }) => JSON.stringify(days).includes('"events":4'));
    await stop();
  });

  it('are not all: those that waited for the start get labels from long before it', async () => {
    const { monitors, report, values, scored, rows, stop } = await restarted(['tx', 'band'], false);
    const quality = () => report()['quality'] as { days: object[]; restoring: boolean };
    const again = () => {
      monitors.assigned([{ topic: 'events', partition: 0 }]); // counts again
      return quality();
    };
    again();
    await eventually(quality, ({ restoring }) => !restoring);
    (await scored(rows, Date.now() - 10_000_000)).observation!.record();
    expect(quality()).toMatchObject({ restoring: true, days: [] }); // at once
    again();
    await eventually(quality, ({ restoring }) => restoring);
    expect(quality().days).toEqual([]);
    const all = await eventually(again, ({ days }) => days.length > 0);
    expect(all).toMatchObject({
      restoring: false,
      days: [{ events: 3, cohorts: [{ model: '7', labelled: 3, positives: 2 }] }],
    });
    // by the first label of each event
    expect((await values(/labelled_events/)).toSorted()).toEqual([
      'labelled_events_total 7  false 1 1',
      'labelled_events_total 7  true 0 2',
    ]);
    await stop();
  });

  it('are not known again where their id is not carried, and the log says so', async () => {
    const { monitors, report, said, stop } = await restarted(['band']);
    monitors.assigned([{ topic: 'events', partition: 0 }]);
    expect(said.some((text) => /output\.carry does not have their id/.test(text))).toBe(true);
    expect(report()['quality']).toMatchObject({ restoring: false, days: [] });
    await stop();
  });
});

it('scores on where the topic cannot be read, and says so', async () => {
  const given = givenMonitors({ labels: { ...LABELS, ...MORE } });
  const reader = new FakeRangeReader(new Map());
  const { stop } = await given.monitors.start({ registry: new FakeRegistry(), reader, openSink });
  await eventually(given.detail, (detail) => detail.length > 0);
  expect(given.detail()[0]).toMatch(/^labels: the topic labels cannot be read: .*labels-value/);
  await stop();
});

it('needs the id in the events', () => {
  const { problems } = givenMonitors({ labels: { ...LABELS, ...MORE, id: 'nothing' } });
  expect(problems).toMatchObject([{ code: 'CONTRACT_FIELD', where: 'labels.id' }]);
});

it('says what calibrated scores lead to expect, before there are labels', async () => {
  const calibrator = {
    knots: [
      [0, 0.1],
      [1, 0.9],
    ] as [number, number][],
    rows: 100,
    positives: 50,
  };
  const { scored, values, report } = givenMonitors({}, calibrator);
  const rows = [0, 0.25, 0.5, 1].map((amount) => row({ amount }));
  const { observation } = await scored(rows);
  expect(await values(/expected/)).toEqual([]);
  observation!.record();
  expect(await values(/expected/)).toEqual(['expected_precision 7 0.7', 'expected_recall 7 0.78']);
  expect(report()['expected']).toMatchObject({
    newest: [{ model: '7', events: 4, alarms: 2 }],
  });
  const without = givenMonitors({});
  expect((await without.scored(rows)).observation).toBeUndefined();
  expect(without.report()).toEqual({});
});
