import { createReasons, type ReasonsOptions } from '../../../src/explain/reasons.ts';
import { NULL, VALUE, type Events } from '../../../src/flow/events.ts';
import { Fates } from '../../../src/flow/fates.ts';
import type { Reasons } from '../../../src/flow/reasons.ts';
import type { Decisions, Scores } from '../../../src/flow/scores.ts';
import type { InputTensor } from '../../../src/flow/tensors.ts';
import { ScorerError } from '../../../src/errors.ts';

const OURS = { name: 'm', version: '1', sha256: 'a' };
const THEIRS = { name: 'm', version: '2', sha256: 'b' };
const FIELDS = ['amount', 'country', 'risk1d', 'risk7d'].map((field, slot) => ({ field, slot }));

/** Rows whose contributions are the numbers of their tensors. */
function given(rows: readonly (readonly number[])[]): {
  events: Events;
  tensors: readonly InputTensor[];
} {
  const count = rows.length;
  const values = Float32Array.from(rows.flat());
  const state = new Uint8Array(count).fill(VALUE);
  const number = { as: 'number', width: 1, state, values: Float64Array.from(rows, (_, i) => i) };
  const text = { as: 'text', width: 1, state: state.slice(), values: rows.map((_, i) => `c${i}`) };
  const fates = new Fates(count);
  return {
    events: { fates, columns: [number, text, number, number] } as unknown as Events,
    tensors: [{ name: 'x', type: 'float32', rows: count, columns: 4, flat: false, values }],
  };
}

const scoresOf = (score: readonly number[], more: Partial<Scores> = {}): Scores => ({
  models: [OURS],
  modelOf: null,
  score: Float64Array.from(score),
  classes: null,
  perClass: null,
  ...more,
});

const decided = (index: readonly number[], more: Partial<Decisions> = {}): Decisions => ({
  policy: null,
  names: ['APPROVE', 'REVIEW', 'REJECT'],
  index: Uint16Array.from(index),
  deciders: ['bands'],
  decidedBy: null,
  segments: [],
  segmentOf: null,
  ...more,
});

const UP = [
  { upTo: 0.3, decision: 'APPROVE' },
  { upTo: 0.7, decision: 'REVIEW' },
  { decision: 'REJECT' },
];

const reasonsWith = (options: Partial<ReasonsOptions> = {}) =>
  createReasons({
    identity: OURS,
    fields: FIELDS,
    labels: {},
    decisions: ['APPROVE', 'REVIEW', 'REJECT'],
    top: 3,
    bands: UP,
    segments: [],
    deciders: [],
    explain: ([tensor]) =>
      Promise.resolve({
        columns: 4,
        base: 0,
        values: Float64Array.from(tensor!.values as Float32Array),
      }),
    atOnce: 2,
    threshold: undefined,
    ...options,
  });

function readable(reasons: Reasons | undefined): unknown[][] | undefined {
  if (reasons === undefined) return undefined;
  const { names, starts, name, value, contribution } = reasons;
  return Array.from({ length: starts.length - 1 }, (_, row) =>
    Array.from({ length: starts[row + 1]! - starts[row]! }, (_r, i) => {
      const at = starts[row]! + i;
      const { feature, code } = names[name[at]!]!;
      return [feature, value[at], contribution[at], ...(code === null ? [] : [code])];
    }),
  );
}

describe('reasons of a decision', () => {
  it('are what moved the score in the bad direction, the strongest first', async () => {
    const { events, tensors } = given([
      [1, -4, 2, 0.5],
      [-1, 4, -2, -0.5],
    ]);
    const ask = async (bands: ReasonsOptions['bands'], index: number) =>
      readable(
        await reasonsWith({ bands, top: 2 })(
          events,
          tensors,
          scoresOf([0.9, 0.9]),
          decided([index, index]),
        ),
      );
    expect(await ask(UP, 2)).toEqual([
      [
        ['risk1d', 0, 2],
        ['amount', 0, 1],
      ],
      [['country', 'c1', 4]],
    ]);
    const down = [
      { downTo: 0.95, decision: 'APPROVE' },
      { downTo: 0.92, decision: 'REVIEW' },
      { decision: 'REJECT' },
    ];
    expect(await ask(down, 2)).toEqual([
      [['country', 'c0', -4]],
      [
        ['risk1d', 1, -2],
        ['amount', 1, -1],
      ],
    ]);
  });

  it('are the strongest of any direction for the best decision', async () => {
    const { events, tensors } = given([[1, -4, 2, 0]]);
    const reasons = await reasonsWith()(events, tensors, scoresOf([0.1]), decided([0]));
    expect(readable(reasons)).toEqual([
      [
        ['country', 'c0', -4],
        ['risk1d', 0, 2],
        ['amount', 0, 1],
      ],
    ]);
  });

  it('are one for a group, which is added up before it is ranked, and has no value', async () => {
    const labels = {
      amount: { code: 'R1' },
      risk1d: { group: 'risk', code: 'R2' },
      risk7d: { group: 'risk' },
    };
    const { events, tensors } = given([[3, 0, 2, 2]]);
    const reasons = await reasonsWith({ labels, top: 1 })(
      events,
      tensors,
      scoresOf([0.9]),
      decided([2]),
    );
    expect(readable(reasons)).toEqual([[['risk', null, 4, 'R2']]]);
  });

  it('have null as the value of a field that is null', async () => {
    const { events, tensors } = given([[1, 0, 0, 0]]);
    events.columns[0]!.state[0] = NULL;
    const reasons = await reasonsWith()(events, tensors, scoresOf([0.9]), decided([2]));
    expect(readable(reasons)).toEqual([[['amount', null, 1]]]);
  });

  it('are given where they are asked for, of rows that are alive and of this version', async () => {
    const { events, tensors } = given([
      [1, 0, 0, 0],
      [2, 0, 0, 0],
      [3, 0, 0, 0],
      [4, 0, 0, 0],
      [5, 0, 0, 0],
    ]);
    events.fates.kill(3, 'decide', 'POLICY_FAILED', 'it cannot be evaluated');
    const scores = scoresOf([0.5, 0.9, 0.9, 0.9, NaN], {
      models: [THEIRS, OURS],
      modelOf: Uint8Array.of(1, 1, 0, 1, 1),
    });
    const reasons = reasonsWith({ decisions: ['REJECT'] });
    expect(readable(await reasons(events, tensors, scores, decided([1, 2, 2, 2, 2])))).toEqual([
      [],
      [['amount', 1, 2]],
      [],
      [],
      [],
    ]);
    expect(await reasons(events, tensors, scores, decided([1, 1, 1, 1, 1]))).toBeUndefined();
  });

  it('begin with the list or the rule that decided; alone if it did not see the score', async () => {
    const deciders = [
      { name: 'list:blocked', alone: true },
      { name: 'rule:large', alone: false },
    ];
    const { events, tensors } = given([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    const labels = { 'list:blocked': { code: 'L1' } };
    const reasons = await reasonsWith({ deciders, labels, top: 2 })(
      events,
      tensors,
      scoresOf([0.9, 0.9]),
      decided([2, 2], {
        deciders: ['bands', 'list:blocked', 'rule:large'],
        decidedBy: Uint16Array.of(1, 2),
      }),
    );
    expect(readable(reasons)).toEqual([
      [['list:blocked', null, 0, 'L1']],
      [
        ['rule:large', null, 0],
        ['risk7d', 1, 4],
      ],
    ]);
  });

  it('name the list that decided about an event without a score, and nothing else does', async () => {
    const deciders = [
      { name: 'list:blocked', alone: true },
      { name: 'rule:large', alone: false },
    ];
    const { events, tensors } = given([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    const explain = (): never => {
      throw new Error('the model is asked');
    };
    const reasons = await reasonsWith({ deciders, explain })(
      events,
      tensors,
      scoresOf([NaN, NaN]),
      decided([2, 2], {
        deciders: ['degraded', 'list:blocked'],
        decidedBy: Uint16Array.of(1, 0),
      }),
    );
    expect(readable(reasons)).toEqual([[['list:blocked', null, 0]], []]);
  });

  it('are relative to events that just got the better decision, by the bands of the segment', async () => {
    // of the background: 1 is far from the limits, 3 is just below 0.7, 2 just below 0.3
    const scores = [0.1, 0.29, 0.69].flatMap((score) => new Array<number>(10).fill(score));
    const means = [
      [9, 9, 9, 9],
      [1, 0, 0, 0],
      [0, 2, 0, 0],
    ];
    const threshold = {
      scores: Float64Array.from(scores),
      attributions: {
        columns: 4,
        base: 0,
        values: Float64Array.from(means.flatMap((row) => new Array<number[]>(10).fill(row)).flat()),
      },
    };
    const { events, tensors } = given([
      [3, 3, 0, 0],
      [3, 3, 0, 0],
    ]);
    const segments = [{ bands: [{ upTo: 0.3, decision: 'APPROVE' }, { decision: 'REJECT' }] }];
    const reasons = await reasonsWith({ threshold, segments })(
      events,
      tensors,
      scoresOf([0.9, 0.9]),
      decided([2, 2], { segments: ['other'], segmentOf: Uint16Array.of(0, 1) }),
    );
    expect(readable(reasons)).toEqual([
      [
        ['amount', 0, 3],
        ['country', 'c0', 1],
      ],
      [
        ['country', 'c1', 3],
        ['amount', 1, 2],
      ],
    ]);
  });
});

describe('a row that cannot be explained', () => {
  const failing =
    (isBad: (values: Float32Array) => boolean, code: 'INFERENCE_FAILED' | 'MODEL_WORKER_LOST') =>
    ([tensor]: readonly InputTensor[]) => {
      const values = tensor!.values as Float32Array;
      return isBad(values)
        ? Promise.reject(new ScorerError({ code, what: 'the model fails' }))
        : Promise.resolve({ columns: 4, base: 0, values: Float64Array.from(values) });
    };
  const rows = [1, 2, 666, 4, 5].map((first) => [first, 0, 0, 0]);

  it('becomes a dead letter, and the others have their reasons', async () => {
    const { events, tensors } = given(rows);
    const explain = failing((values) => values.includes(666), 'INFERENCE_FAILED');
    const reasons = await reasonsWith({ explain })(
      events,
      tensors,
      scoresOf([0.9, 0.9, 0.9, 0.9, 0.9]),
      decided([2, 2, 2, 2, 2]),
    );
    expect(readable(reasons)!.map(([first]) => (first as unknown[] | undefined)?.[2])).toEqual([
      1,
      2,
      undefined,
      4,
      5,
    ]);
    expect(events.fates.rejects).toEqual([
      {
        row: 2,
        stage: 'explain',
        code: 'INFERENCE_FAILED',
        message: 'no reasons: the model fails',
      },
    ]);
  });

  it('becomes one where a contribution is not a number', async () => {
    const { events, tensors } = given([[NaN, 1, 1, 1]]);
    await reasonsWith()(events, tensors, scoresOf([0.9]), decided([2]));
    expect(events.fates.rejects.map(({ code }) => code)).toEqual(['EXPLAIN_FAILED']);
  });

  it('waits where it is not the fault of the row', async () => {
    const { events, tensors } = given(rows);
    const explain = failing(() => true, 'MODEL_WORKER_LOST');
    await expect(
      reasonsWith({ explain })(
        events,
        tensors,
        scoresOf([0.9, 0.9, 0.9, 0.9, 0.9]),
        decided([2, 2, 2, 2, 2]),
      ),
    ).rejects.toThrow('MODEL_WORKER_LOST');
    expect(events.fates.rejects).toEqual([]);
  });
});
