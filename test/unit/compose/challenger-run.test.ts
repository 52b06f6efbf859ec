import { jest } from '@jest/globals';
import { ChallengerRole } from '../../../src/compose/challenger-role.ts';
import type { Shadowed } from '../../../src/compose/challenger-run.ts';
import type { ChallengerTopic } from '../../../src/compose/challenger-topic.ts';
import { sharedOf, type GatedVersion } from '../../../src/compose/gated-version.ts';
import { ScorerError } from '../../../src/errors.ts';
import type { Column } from '../../../src/flow/events.ts';
import { Fates } from '../../../src/flow/fates.ts';
import { mergedObservation } from '../../../src/flow/observation.ts';
import { NOTHING_DECIDED, type Decisions, type Scores } from '../../../src/flow/scores.ts';
import { SILENT } from '../../../src/observe/logger.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { everythingReady } from '../../support/settled.ts';

const scoresOf = (version: string, score: Float64Array): Scores => ({
  models: [{ name: 'm', version, sha256: version }],
  modelOf: null,
  score,
  classes: null,
  perClass: null,
});
const NAMES = ['APPROVE', 'REJECT'];
const decide = (_events: unknown, { score }: Scores): Decisions => ({
  ...NOTHING_DECIDED,
  names: NAMES,
  index: Uint16Array.from(score, (one) => (one < 0.5 ? 0 : 1)),
});

/** A challenger whose score is 0.1 more than the amount. */
function world(answer: () => Promise<object | undefined> = () => Promise.resolve(undefined)) {
  const metrics = new Metrics(false);
  const asked: number[] = [];
  const memory = new Set<unknown>();
  const written: { partition: number; rows: (readonly number[])[] }[] = [];
  const state = { topic: undefined as string | undefined, fails: -1 };
  const writer: Pick<ChallengerTopic, 'write' | 'close'> = {
    write: (_topic, compared) => {
      const { partition } = compared[0]!.batch;
      if (partition === state.fails)
        return Promise.reject(
          new ScorerError({ code: 'DESTINATION_UNAVAILABLE', what: 'it is away' }),
        );
      written.push({ partition, rows: compared.map(({ rows }) => Array.from(rows)) });
      return Promise.resolve(compared.reduce((sum, { rows }) => sum + rows.length, 0));
    },
    close: () => Promise.resolve(),
  };
  const role = new ChallengerRole({
    reports: { metrics, logger: SILENT },
    topic: () => state.topic,
    writer,
    maxInferMs: 1_000_000,
    waitMs: 0,
  });
  const identity = { name: 'm', version: '2', sha256: '2' };
  const model = {
    identity,
    score: async ([tensor]: [{ values: Float32Array }], rows: number) => {
      asked.push(rows);
      memory.add(tensor.values.buffer);
      const more = await answer();
      const score = Float64Array.from(tensor.values.subarray(0, rows), (one) => one + 0.1);
      return { ...scoresOf('2', score), seconds: 0.5, ...more };
    },
    release: () => Promise.resolve(),
  };
  const version = {
    identity,
    shared: sharedOf({ bundle: {}, model } as never),
  } as unknown as GatedVersion;
  const run = role.runFor(version);
  const batchOf = (
    amounts: readonly number[],
    dead: readonly number[] = [],
    partition = 0,
  ): Shadowed => {
    const rows = amounts.length;
    const fates = new Fates(rows);
    for (const row of dead) fates.kill(row, 'map', 'FIELD_NULL', 'so');
    const column: Column = {
      as: 'number',
      width: 1,
      state: new Uint8Array(rows),
      values: Float64Array.from(amounts),
    };
    const records = amounts.map((_, offset) => ({ offset, timestamp: 0, key: null, value: null }));
    const batch = { topic: 't', partition, records, closedBy: 'end' } as const;
    const scores = scoresOf('1', Float64Array.from(amounts));
    return {
      events: { batch, fates, columns: [column], carried: [] },
      rows: Int32Array.from(amounts.keys()),
      champion: { scores, decisions: decide(undefined, scores) },
      map: () => [
        {
          name: 'x',
          type: 'float32',
          rows,
          columns: 1,
          flat: false,
          values: Float32Array.from(amounts),
        },
      ],
      decide,
    };
  };
  const value = async (name: string): Promise<number | undefined> => {
    const lines = (await metrics.registry.metrics()).split('\n');
    const line = lines.find((one) => one.startsWith(`stream_scorer_${name} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  return { role, run, batchOf, asked, memory, written, state, value };
}

describe('a challenger', () => {
  it('gets a batch once it is delivered, and only then', async () => {
    const { run, batchOf, asked } = world();
    run.observe(batchOf([0.1])); // it was scored once more
    const observation = mergedObservation([run.observe(batchOf([0.1, 0.2])), undefined]);
    await everythingReady();
    expect(asked).toEqual([]);
    observation!.record();
    await everythingReady();
    expect(asked).toEqual([2]);
  });

  it('is compared with the champion: flips by kind, differences, its time', async () => {
    const { run, batchOf, value } = world();
    const batches = [batchOf([0.1, 0.45, 0.47]), batchOf([0.48, 0.9])];
    mergedObservation(batches.map((batch) => run.observe(batch)))!.record();
    await everythingReady();
    expect(run.report).toMatchObject({
      version: '2',
      compared: 5,
      failed: 0,
      dropped: 0,
      flips: { 'APPROVE → REJECT': 3 },
      inference: { batches: 2, rows: 5, seconds: 1 },
    });
    expect(run.report.meanScoreDelta).toBeCloseTo(0.1, 6);
    expect(await value('challenger_flips_total{from="APPROVE",to="REJECT"}')).toBe(3);
    expect(await value('challenger_score_delta_count')).toBe(5);
    expect(await value('challenger_rows_total{outcome="compared"}')).toBe(5);
    const labels = 'model_version="2",role="challenger"';
    expect(await value(`model_inference_rows_total{${labels}}`)).toBe(5);
  });

  it('is not compared where it has no score of its own, or the champion has none', async () => {
    const { run, batchOf, asked } = world(() => Promise.resolve({ timedOut: [0] }));
    const batch = batchOf([0.1, 0.2, 0.3, 0.4], [1]);
    run.offer({ ...batch, rows: Int32Array.of(0, 1, 2) });
    await everythingReady();
    expect(asked).toEqual([2]);
    expect(run.report).toMatchObject({ compared: 1, failed: 2 });
  });

  it('only counts that it failed', async () => {
    const { run, batchOf } = world(() =>
      Promise.reject(new ScorerError({ code: 'MODEL_WORKER_FAILED', what: 'six ended' })),
    );
    run.offer(batchOf([0.1, 0.2]));
    run.offer(batchOf([0.3]));
    await everythingReady();
    expect(run.report).toMatchObject({ compared: 0, failed: 3 });
  });

  it('drops batches if it is slower than the stream, and counts them', async () => {
    const slow = Promise.withResolvers<undefined>();
    const { run, batchOf, value } = world(() => slow.promise);
    const large = new Array<number>(20_000).fill(0.1);
    for (let i = 0; i < 4; i++) run.offer(batchOf(large));
    expect(run.report.dropped).toBe(40_000);
    expect(await value('challenger_rows_total{outcome="dropped"}')).toBe(40_000);
    slow.resolve(undefined);
    await everythingReady();
    expect(run.report).toMatchObject({ compared: 40_000, dropped: 40_000 });
    run.offer(batchOf(large));
    await everythingReady();
    expect(run.report.compared).toBe(60_000);
  });

  it('writes to its topic what was compared, and counts what could not be written', async () => {
    const { run, batchOf, written, state } = world();
    state.topic = 'comparisons';
    run.offer(batchOf([0.1, 0.2, 0.3], [1]));
    await everythingReady();
    expect(written).toEqual([{ partition: 0, rows: [[0, 2]] }]);
    state.fails = 0;
    run.offer(batchOf([0.1]));
    await everythingReady();
    expect(run.report).toMatchObject({ compared: 3, written: 2, unwritten: 1 });
  });

  it('writes what was compared together in one request for each partition', async () => {
    const slow = Promise.withResolvers<undefined>();
    const { run, batchOf, written, state } = world(() => slow.promise);
    state.topic = 'comparisons';
    state.fails = 1;
    for (const partition of [0, 0, 1, 0]) run.offer(batchOf([0.1, 0.2], [], partition));
    await everythingReady();
    slow.resolve(undefined);
    await everythingReady();
    await everythingReady();
    expect(written).toEqual([
      { partition: 0, rows: [[0, 1]] },
      {
        partition: 0,
        rows: [
          [0, 1],
          [0, 1],
        ],
      },
    ]);
    expect(run.report).toMatchObject({ compared: 8, written: 6, unwritten: 2 });
  });

  it('scores batches that wait together, and counts each as if it were alone', async () => {
    const slow = Promise.withResolvers<undefined>();
    const missing = { timedOut: [2], failed: [{ row: 3, why: 'so' }] };
    const answers = [slow.promise.then(() => undefined), Promise.resolve(missing)];
    const { run, batchOf, asked } = world(() => answers.shift()!);
    run.offer(batchOf([0.1])); // it is asked for at once
    await everythingReady();
    run.offer(batchOf([0.45, 0.1, 0.2], [1]));
    run.offer({ ...batchOf([0.47, 0.3, 0.49, 0.48]), rows: Int32Array.of(1, 2, 3) });
    slow.resolve(undefined);
    await everythingReady();
    // 0.45 and 0.2; then 0.3 (no answer), 0.49 (the model fails) and 0.48
    expect(asked).toEqual([1, 5]);
    expect(run.report).toMatchObject({
      compared: 4,
      failed: 3,
      flips: { 'APPROVE → REJECT': 2 },
      inference: { batches: 2, rows: 6 },
    });
    expect(run.report.meanScoreDelta).toBeCloseTo(0.1, 6);
  });

  it('is asked with the tensors of the champion where they are the same', async () => {
    const { run, batchOf, asked } = world();
    const batch = batchOf([0.45, 0.1, 0.3]);
    const map = (): never => {
      throw new Error('nobody has to make them again');
    };
    run.offer({ ...batch, tensors: batch.map(batch.events), map, rows: Int32Array.of(0, 2) });
    await everythingReady();
    expect(asked).toEqual([2]);
    expect(run.report).toMatchObject({ compared: 2, flips: { 'APPROVE → REJECT': 1 } });
  });

  it('flips where names differ, whatever their places in the two policies', async () => {
    const { run, batchOf } = world();
    const { champion, ...batch } = batchOf([0.45, 0.9, 0.1]);
    const names = ['REJECT', 'APPROVE', 'HOLD'];
    const decisions = { ...champion.decisions, names, index: Uint16Array.of(1, 0, 2) };
    run.offer({ ...batch, champion: { ...champion, decisions } });
    await everythingReady();
    expect(run.report.flips).toEqual({ 'APPROVE → REJECT': 1, 'HOLD → APPROVE': 1 });
  });

  it('uses the memory of what it was asked for again, also where it failed', async () => {
    const { run, batchOf, memory } = world(() =>
      memory.size > 0 ? Promise.reject(new Error('it is broken')) : Promise.resolve(undefined),
    );
    for (let i = 0; i < 5; i++) {
      run.offer(batchOf([0.1, 0.2]));
      await everythingReady();
    }
    expect(run.report.compared + run.report.failed).toBe(10);
    expect(memory.size).toBe(1);
  });

  it('fails for a batch that cannot be asked for, or not decided, and for no other one', async () => {
    const slow = Promise.withResolvers<undefined>();
    const { run, batchOf } = world(() => slow.promise);
    const broken = (): never => {
      throw new Error('it is broken');
    };
    run.offer(batchOf([0.1]));
    run.offer({ ...batchOf([0.1, 0.2]), map: broken });
    run.offer(batchOf([0.1, 0.2, 0.3]));
    run.offer({ ...batchOf([0.1, 0.2, 0.3, 0.4]), decide: broken });
    slow.resolve(undefined);
    await everythingReady();
    await everythingReady();
    expect(run.report).toMatchObject({ compared: 4, failed: 6 });
  });

  it('is asked for no more than it can answer in the time of a batch', async () => {
    // a thousand seconds are two rows
    const { run, batchOf, asked } = world(() => Promise.resolve({ seconds: 500 * asked.at(-1)! }));
    run.offer(batchOf([0.1]));
    await everythingReady();
    for (let i = 0; i < 5; i++) run.offer(batchOf([0.1]));
    await everythingReady();
    expect(asked).toEqual([1, 2, 2, 1]);
  });

  it('gets no batch any more once another version is the challenger', async () => {
    const { role, run, batchOf, asked } = world();
    await role.left();
    run.offer(batchOf([0.1]));
    await everythingReady();
    expect(asked).toEqual([]);
    expect(run.report.dropped).toBe(1);
    expect(role.run).toBeUndefined();
  });

  it('does not hold up the end of the program', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    try {
      const { role, run, batchOf } = world(() => new Promise(() => undefined));
      run.offer(batchOf([0.1]));
      await everythingReady();
      const closing = role.close();
      await jest.advanceTimersByTimeAsync(1000);
      await closing;
    } finally {
      jest.useRealTimers();
    }
  });
});
