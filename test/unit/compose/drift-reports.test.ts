import { DriftReports } from '../../../src/compose/drift-reports.ts';
import { readRecordedDrift } from '../../../src/compose/recorded-drift.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { jsonText } from '../../../src/decode/json-text.ts';
import { driftSchema } from '../../../src/encode/drift-schema.ts';
import type { DriftCounts } from '../../../src/flow/drift-counts.ts';
import { NO_HOUR } from '../../../src/monitor/hours.ts';
import { MergedCounts } from '../../../src/monitor/merged-counts.ts';
import type { ReferenceSeries } from '../../../src/monitor/profile-series.ts';
import { numericSlots } from '../../../src/monitor/reference.ts';
import type { Logger } from '../../../src/observe/logger.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { FakeRangeReader } from '../../support/fake-range-reader.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { FakeSink } from '../../support/fake-sink.ts';

const MODEL = { name: 'm', version: '7', sha256: 'ab' };
const SERIES: ReferenceSeries[] = [
  {
    name: 'amount',
    field: undefined,
    reference: undefined,
    slots: numericSlots({ edges: [0.5], counts: [50, 50], low: 0, high: 1 }, 0),
    hours: undefined,
  },
];
const SETTINGS = {
  output: { topic: 'scores', registerSchema: true, namespace: 'acme' },
} as unknown as Settings;
const decode = jsonText(parseSchema(driftSchema({ namespace: 'acme' })));

function world(topics: Readonly<Record<string, number>> = { drift: 3 }) {
  const registry = new FakeRegistry();
  const sink = new FakeSink(topics);
  const state = { opens: true, closed: 0 };
  const said: string[] = [];
  const say = (level: string) => (_more: object, what: string) => said.push(`${level} ${what}`);
  const logger = { error: say('error'), warn: say('warn'), info: say('info') } as unknown as Logger;
  const metrics = new Metrics(false);
  const clock = { now: 1000 };
  let instances = 0;
  const openSink = () => {
    const stop = (): Promise<void> => {
      state.closed++;
      return Promise.resolve();
    };
    return state.opens
      ? Promise.resolve({ value: sink, stop })
      : Promise.reject(new Error('no broker answers'));
  };
  const start = () => {
    const reports = new DriftReports({
      topic: 'drift',
      reportMs: 1e9,
      instance: `i${instances++}`,
      now: () => clock.now,
      reports: { metrics, logger },
    });
    const { stop } = reports.start({ settings: SETTINGS, registry, openSink });
    const count = (low: number, high: number, version = '7'): void => {
      const counts = Int32Array.of(0, 0, low, high, 0);
      const span = reports.spanOf({ ...MODEL, version }, SERIES);
      span.add({ hour: NO_HOUR, events: low + high, from: 5, counts });
    };
    return { reports, stop, count };
  };
  const log = () => [...sink.topics.get('drift')!].flat();
  const written = (): DriftCounts[] =>
    log()
      .map(({ value }) => JSON.parse(decode(value!.subarray(5))) as DriftCounts)
      .sort((a, b) => a.sequence - b.sequence);
  const outcomes = async (): Promise<Record<string, number>> => {
    const { values } = await metrics.monitors.drift.reports.get();
    return Object.fromEntries(values.map(({ labels, value }) => [String(labels.outcome), value]));
  };
  return { start, sink, registry, state, said, clock, written, log, outcomes };
}

const events = (all: readonly DriftCounts[]): number =>
  all.reduce((sum, one) => sum + one.events, 0);

describe('the reports of drift', () => {
  it('are written under a name of their own, with a schema in the registry', async () => {
    const { start, written, log, registry, outcomes } = world();
    const { reports, count, stop } = start();
    await reports.report(); // nothing was counted
    for (let i = 1; i <= 5; i++) {
      count(i, 0);
      await reports.report();
    }
    expect(written().map(({ sequence, events: own }) => [sequence, own])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
    const keys = log().map(({ key }) => key!.toString());
    expect(keys.sort()).toEqual(['i0/0', 'i0/1', 'i0/2', 'i0/3', 'i0/4']);
    expect(await registry.latest('drift-value')).toBeDefined();
    expect(await outcomes()).toEqual({ written: 5 });
    await stop();
  });

  it('that fail are written again under the same name, and the next span is longer', async () => {
    const { start, sink, written, said, outcomes, clock } = world();
    const { reports, count, stop } = start();
    count(1, 0);
    sink.script.push(false, false);
    await reports.report();
    count(2, 0);
    clock.now = 2000;
    count(3, 0);
    await reports.report();
    expect(said).toEqual([
      expect.stringMatching(/^warn drift: reports cannot be written to drift/),
    ]);
    expect(reports.detail()).toHaveLength(1);
    expect(written()).toEqual([]);
    clock.now = 3000;
    await reports.report();
    expect(written().map(({ sequence, events: own }) => [sequence, own])).toEqual([
      [0, 1],
      [1, 5],
    ]);
    expect(written()[1]).toMatchObject({ countedFrom: 1000, countedTo: 3000 });
    expect(said[1]).toBe('info drift: reports are written again');
    expect(reports.detail()).toEqual([]);
    expect(await outcomes()).toEqual({ failed: 2, written: 2 });
    await stop();
  });

  it('count while one is written, which belongs to the next', async () => {
    const { start, written } = world();
    const { reports, count, stop } = start();
    count(1, 0);
    const [first, second] = [reports.report(), reports.report()];
    expect(reports.report()).toBe(second);
    count(2, 0);
    await first;
    expect(events(written())).toBe(1);
    await second;
    expect(events(written())).toBe(3);
    await stop();
  });

  it('are written for each version, and for the last time at the end', async () => {
    const { start, written, state } = world();
    const { count, stop } = start();
    count(1, 1);
    count(0, 4, '8');
    await stop();
    expect(written().map(({ model, events: own }) => [model.version, own])).toEqual([
      ['7', 2],
      ['8', 4],
    ]);
    expect(state.closed).toBe(1);
  });

  it('that cannot be written until the end are missing, and it says so', async () => {
    const { start, state, said, outcomes } = world();
    const { reports, count, stop } = start();
    state.opens = false;
    count(1, 1);
    await reports.report();
    count(3, 0);
    await stop();
    expect(said.at(-1)).toBe(
      'error drift: 5 events are in no report, because it could not be written to drift',
    );
    expect(await outcomes()).toEqual({ failed: 2, lost: 2 });
  });

  it('that the broker refuses for good are not tried again', async () => {
    const { start, sink, said, outcomes } = world();
    const { reports, count, stop } = start();
    sink.takes = () => false;
    count(1, 1);
    await reports.report();
    expect(said).toEqual([expect.stringMatching(/^error .* does not take 1 of 1 reports/)]);
    await stop();
    expect(await outcomes()).toEqual({ written: 0, refused: 1 });
  });

  it('are not held in memory for any number of versions', async () => {
    const { start, state, said, outcomes } = world();
    const { reports, count, stop } = start();
    state.opens = false;
    for (let version = 0; version < 20; version++) count(10, 0, String(version));
    expect(said).toHaveLength(4);
    await reports.report();
    await stop();
    expect((await outcomes())['lost']).toBe(20);
  });
});

describe('the reports that are read', () => {
  it('add up over processes and restarts, and what is no report is counted', async () => {
    const { start, sink, registry, log, clock } = world();
    const sizes = [1, 10, 100, 1000];
    for (const size of sizes) {
      const { count, reports, stop } = start();
      count(size, 0);
      await reports.report();
      clock.now += 60_000;
      count(size, size);
      await stop();
    }
    const copy = log()[0]!;
    const noise = [null, Buffer.from('text'), copy.value!.subarray(0, -1)];
    const other = await registry.register('other-value', { type: 'string' });
    const text = Buffer.from([0, 0, 0, 0, other, 2, 65]);
    const unknown = Buffer.from([0, 0, 0, 0, 99, 1]);
    const logs = [
      ...sink.topics.get('drift')!,
      [copy, ...[...noise, text, unknown].map((value) => ({ key: null, value }))],
    ];
    const reader = new FakeRangeReader(
      new Map([
        [
          'drift',
          logs.map((records) =>
            records.map(({ key, value }, offset) => ({
              aborted: false,
              record: { offset, timestamp: 0, key, value },
            })),
          ),
        ],
      ]),
    );
    const into = new MergedCounts(MODEL, SERIES);
    const { signal } = new AbortController();
    await readRecordedDrift({ range: { topic: 'drift' }, reader, registry, into, signal });
    const blocks = into.blocks();
    expect(blocks.reduce((sum, block) => sum + block.events, 0)).toBe(3333);
    expect(blocks.reduce((sum, { counts }) => sum + counts[2]!, 0)).toBe(2222);
    expect(into.figures).toMatchObject({ processes: 4, copies: 1, unreadable: 4 });
  });
});
