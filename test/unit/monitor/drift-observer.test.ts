import type { Batch } from '../../../src/flow/batch.ts';
import { VALUE, type Events } from '../../../src/flow/events.ts';
import { Fates } from '../../../src/flow/fates.ts';
import type { Scores } from '../../../src/flow/scores.ts';
import type { BlockCounts } from '../../../src/monitor/drift-monitor.ts';
import { createDriftObserver } from '../../../src/monitor/drift-observer.ts';
import { NO_HOUR } from '../../../src/monitor/hours.ts';
import type { ReferenceSeries } from '../../../src/monitor/profile-series.ts';
import { numericSlots } from '../../../src/monitor/reference.ts';
import { createSlotCodes } from '../../../src/monitor/slot-codes.ts';

const HISTOGRAM = { edges: [0.5], counts: [5, 5], low: 0, high: 1 };
const SLOTS = numericSlots(HISTOGRAM, 0);
const FEATURE: ReferenceSeries = {
  name: 'n',
  field: { name: 'n', field: 'n', kind: 'numeric', slot: 0, width: 1 },
  reference: { name: 'n', field: 'n', kind: 'numeric', missing: 0, ...HISTOGRAM },
  slots: SLOTS,
  hours: undefined,
};
const SCORE: ReferenceSeries = {
  ...FEATURE,
  name: 'score',
  field: undefined,
  reference: undefined,
};
const MODEL = { name: 'm', version: '1', sha256: 'ab' };
const OTHER = { name: 'm', version: '2', sha256: 'cd' };
const HOUR_MS = 3_600_000;

interface Given {
  readonly score: readonly number[];
  readonly dead?: number;
  readonly modelOf?: readonly number[];
  readonly times?: readonly number[];
}

/** What is counted of four rows: the blocks, each with the events of the four slots of both series. */
function counted({ score, dead, modelOf, times = [0, 0, 0, 0] }: Given, hours = false) {
  const blocks: BlockCounts[] = [];
  const series = [FEATURE, SCORE];
  const observe = createDriftObserver({
    monitor: { add: (block) => void blocks.push(block) },
    series,
    codes: createSlotCodes(series),
    score: HISTOGRAM,
    model: MODEL,
    hours,
  });
  const fates = new Fates(4);
  if (dead !== undefined) fates.kill(dead, 'map', 'FIELD_NULL', '');
  const events = {
    batch: {
      records: times.map((timestamp) => ({ timestamp: String(timestamp) })),
    } as never as Batch,
    fates,
    columns: [
      {
        as: 'number',
        width: 1,
        values: Float64Array.of(0.1, 0.6, 0.7, 2),
        state: new Uint8Array(4).fill(VALUE),
      },
    ],
    carried: [],
  } satisfies Events;
  const scores: Scores = {
    models: [MODEL, OTHER],
    modelOf: modelOf === undefined ? null : Uint8Array.from(modelOf),
    score: Float64Array.from(score),
    classes: null,
    perClass: null,
  };
  const seen = observe(events, [], scores)!;
  expect(blocks).toEqual([]);
  seen.record();
  return blocks.map(({ hour, events: count, from, counts }) => ({
    hour,
    events: count,
    from,
    feature: [...counts.subarray(0, 5)],
    score: [...counts.subarray(5)],
  }));
}

const SCORES = [0.1, 0.2, 0.9, 0.9];
const ALL = { hour: NO_HOUR, events: 4, from: 0, feature: [0, 0, 1, 2, 1], score: [0, 0, 2, 2, 0] };

describe('events that were compared with a profile', () => {
  it('are counted by slot when they are delivered', () => {
    expect(counted({ score: SCORES })).toEqual([ALL]);
  });

  it('are only those that this version scored, in all series', () => {
    const without = { ...ALL, events: 3, feature: [0, 0, 1, 1, 1], score: [0, 0, 1, 2, 0] };
    expect(counted({ score: SCORES, dead: 1 })).toEqual([without]);
    expect(counted({ score: [0.1, NaN, 0.9, 0.9] })).toEqual([without]);
    expect(counted({ score: SCORES, modelOf: [0, 1, 0, 0] })).toEqual([without]);
    expect(counted({ score: SCORES, modelOf: [1, 1, 1, 1] })).toEqual([]);
  });

  it('are counted by the hour where the profile has hours', () => {
    const one = { score: SCORES, times: [HOUR_MS, HOUR_MS + 1, 2 * HOUR_MS - 1, HOUR_MS] };
    expect(counted(one, true)).toEqual([{ ...ALL, hour: 73, from: HOUR_MS }]);
    const two = { score: SCORES, times: [0, HOUR_MS, 0, HOUR_MS] };
    expect(counted(two, true)).toEqual([
      { hour: 72, events: 2, from: 0, feature: [0, 0, 1, 1, 0], score: [0, 0, 1, 1, 0] },
      { hour: 73, events: 2, from: HOUR_MS, feature: [0, 0, 0, 1, 1], score: [0, 0, 1, 1, 0] },
    ]);
  });
});
