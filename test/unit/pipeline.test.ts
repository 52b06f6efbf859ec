import type { Events } from '../../src/flow/events.ts';
import { Fates } from '../../src/flow/fates.ts';
import type { Observation } from '../../src/flow/observation.ts';
import type { Outcome } from '../../src/flow/outcome.ts';
import { noMarks } from '../../src/flow/profile-marks.ts';
import type { Reasons } from '../../src/flow/reasons.ts';
import type { Decisions, Scores } from '../../src/flow/scores.ts';
import { createDelivery, createPipeline, type Stages } from '../../src/pipeline.ts';
import { batchOf } from '../support/avro-given.ts';

const BATCH = batchOf([]);
const SCORES = { score: Float64Array.of(0.5) } as unknown as Scores;
const REASONS = {} as Reasons;
const live = new AbortController().signal;

/** Stages that say what they are called with, in order. */
function stagesThat(said: string[], over: Partial<Stages> = {}): Stages {
  const say = <T>(name: string, value: T): T => {
    said.push(name);
    return value;
  };
  return {
    decode: () => Promise.resolve(say('decode', { fates: new Fates(1) })),
    map: () => say('map', []),
    infer: () => Promise.resolve(say('infer', SCORES)),
    decide: () => say('decide', {}),
    encode: () => say('encode', { records: [], rows: Int32Array.of(0) }),
    ...over,
  } as unknown as Stages;
}

const pipelineOf = (stages: Stages) =>
  createPipeline(
    stages,
    () => stages,
    () => 0,
  );

describe('the way of a batch', () => {
  it('goes from decoding to encoding, and needs neither reasons nor observations', async () => {
    const said: string[] = [];
    const outcome = await pipelineOf(stagesThat(said))(BATCH)();
    expect(said).toEqual(['decode', 'map', 'infer', 'decide', 'encode']);
    expect(outcome.observation).toBeUndefined();
  });

  it('explains before it encodes, and observes at the end', async () => {
    const said: string[] = [];
    const observation = {} as Observation;
    const given: unknown[] = [];
    const stages = stagesThat(said, {
      explain: () => {
        said.push('explain');
        return Promise.resolve(REASONS);
      },
      encode: (_events, _scores, _decisions, _at, reasons) => {
        said.push('encode');
        given.push(reasons);
        return { records: [], rows: new Int32Array(0) };
      },
      observe: () => {
        said.push('observe');
        return observation;
      },
    });
    const outcome = await pipelineOf(stages)(BATCH)();
    expect(said).toEqual(['decode', 'map', 'infer', 'decide', 'explain', 'encode', 'observe']);
    expect(given).toEqual([REASONS]);
    expect(outcome.observation).toBe(observation);
  });

  it('lets an explanation end an event, also where another one has no score', async () => {
    const scores = {
      score: Float64Array.of(0.5, NaN),
      degraded: [{ row: 1, code: 'INFERENCE_TIMEOUT' }],
    } as unknown as Scores;
    const stages = stagesThat([], {
      decode: () => Promise.resolve({ fates: new Fates(2) } as Events),
      infer: () => Promise.resolve(scores),
      unscored: (given) => given,
      explain: ({ fates }) => {
        expect(fates.alive).toBe(2); // what decided without a score may be a reason, too
        fates.kill(0, 'explain', 'EXPLAIN_FAILED', '');
        return Promise.resolve(REASONS);
      },
    });
    const { fates } = await pipelineOf(stages)(BATCH)();
    expect([fates.isAlive(0), fates.isAlive(1)]).toEqual([false, true]);
  });

  it('marks before it decides, so that a policy may read the marks, and writes them', async () => {
    const said: string[] = [];
    const marks = noMarks(['amount'], 1);
    const given: unknown[] = [];
    const stages = stagesThat(said, {
      mark: () => {
        said.push('mark');
        return marks;
      },
      decide: (_events, _scores, seen) => {
        said.push('decide');
        given.push(seen);
        return {} as Decisions;
      },
      encode: (_events, _scores, _decisions, _at, _reasons, seen) => {
        given.push(seen);
        return { records: [], rows: new Int32Array(0) };
      },
    });
    await pipelineOf(stages)(BATCH)();
    expect(said).toEqual(['decode', 'map', 'infer', 'mark', 'decide']);
    expect(given).toEqual([marks, marks]);
  });

  it('ends after the tensors where nothing is left to score', async () => {
    const said: string[] = [];
    const fates = new Fates(1);
    fates.kill(0, 'map', 'FIELD_NULL', 'it is null');
    const stages = stagesThat(said, { decode: () => Promise.resolve({ fates } as never) });
    const outcome = await pipelineOf(stages)(BATCH)();
    expect([said, outcome.records, outcome.scores]).toEqual([['map'], [], null]);
  });

  it('is scored again by the version it was taken with, though another has come meanwhile', async () => {
    const said: string[] = [];
    const versionThat = (name: string, infer: Stages['infer']) => ({
      map: () => {
        said.push(`map by ${name}`);
        return [];
      },
      infer: (...given: Parameters<Stages['infer']>) => {
        said.push(`infer by ${name}`);
        return infer(...given);
      },
    });
    let version = versionThat('1', () => Promise.reject(new Error('the worker is lost')));
    const take = createPipeline(
      stagesThat([]),
      () => version,
      () => 0,
    );
    const score = take(BATCH);
    await expect(score()).rejects.toThrow('lost');
    version = versionThat('2', () => Promise.resolve(SCORES));
    await expect(score()).rejects.toThrow('lost');
    await take(BATCH)();
    expect(said).toEqual([
      'map by 1',
      'infer by 1',
      'map by 1',
      'infer by 1',
      'map by 2',
      'infer by 2',
    ]);
  });
});

describe('rows without a score', () => {
  it('are dead letters with the code of what kept them from one', async () => {
    const fates = new Fates(5);
    const scores = {
      score: Float64Array.of(0, 1, 2, NaN, 4),
      timedOut: [0],
      failed: [
        { row: 1, why: 'it fails' },
        { row: 2, why: 'it crashes', crashed: true },
      ],
    } as unknown as Scores;
    const stages = stagesThat([], {
      decode: () => Promise.resolve({ fates } as never),
      infer: () => Promise.resolve(scores),
    });
    const outcome = await pipelineOf(stages)(BATCH)();
    expect(outcome.fates.alive).toBe(1);
    expect(
      fates.rejects.map(({ row, stage, code, message }) => [
        row,
        stage,
        code,
        message.split(': ')[1],
      ]),
    ).toEqual([
      [0, 'infer', 'INFERENCE_TIMEOUT', undefined],
      [1, 'infer', 'INFERENCE_FAILED', 'it fails'],
      [2, 'infer', 'INFERENCE_CRASHED', 'it crashes'],
      [3, 'infer', 'SCORE_NOT_FINITE', undefined],
    ]);
  });
});

/** Counts rows into `recorded` once it is recorded. */
class Counted implements Observation {
  #rows: number;
  readonly #recorded: number[];

  constructor(rows: number, recorded: number[]) {
    this.#rows = rows;
    this.#recorded = recorded;
  }

  merge(other: this): void {
    this.#rows += other.#rows;
  }

  record(): void {
    this.#recorded.push(this.#rows);
  }
}

describe('the way of outcomes', () => {
  const outcome = (observation?: Observation) => ({ batch: BATCH, observation }) as Outcome;

  it('asks the limit of each, produces and commits, and records only then', async () => {
    const said: string[] = [];
    const recorded: number[] = [];
    const deliver = createDelivery({
      limit: () => void said.push('limit'),
      guarantee: {
        deliver: () => {
          said.push(`delivered, ${recorded.length} recorded`);
          return Promise.resolve();
        },
      },
      record: (_outcome, nextOffset) => void said.push(`record ${nextOffset}`),
    });
    const outcomes = [
      outcome(new Counted(2, recorded)),
      outcome(),
      outcome(new Counted(3, recorded)),
    ];
    await deliver(outcomes, 7n, live);
    expect(said).toEqual([
      'limit',
      'limit',
      'limit',
      'delivered, 0 recorded',
      'record 7',
      'record 7',
      'record 7',
    ]);
    expect(recorded).toEqual([5]);
  });

  it('writes nothing of a group in which one goes beyond the limit', async () => {
    const said: string[] = [];
    let asked = 0;
    const deliver = createDelivery({
      limit: () => {
        if (++asked === 2) throw new Error('too many');
      },
      guarantee: { deliver: () => Promise.resolve(void said.push('delivered')) },
      record: () => void said.push('recorded'),
    });
    await expect(deliver([outcome(), outcome()], 7n, live)).rejects.toThrow('too many');
    expect(said).toEqual([]);
  });

  it('counts what was seen of a batch once, though it was scored twice and only then delivered', async () => {
    const recorded: number[] = [];
    const stages = stagesThat([], { observe: () => new Counted(1, recorded) });
    const score = pipelineOf(stages)(BATCH);
    await score();
    const deliver = createDelivery({
      limit: () => undefined,
      guarantee: { deliver: () => Promise.resolve() },
      record: () => undefined,
    });
    await deliver([await score()], 1n, live);
    expect(recorded).toEqual([1]);
  });

  it('counts nothing where the guarantee fails', async () => {
    const recorded: number[] = [];
    const deliver = createDelivery({
      limit: () => undefined,
      guarantee: { deliver: () => Promise.reject(new Error('fenced')) },
      record: () => void recorded.push(-1),
    });
    await expect(deliver([outcome(new Counted(1, recorded))], 1n, live)).rejects.toThrow('fenced');
    expect(recorded).toEqual([]);
  });
});
