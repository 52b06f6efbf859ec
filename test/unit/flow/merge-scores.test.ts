import { mergeScores } from '../../../src/flow/merge-scores.ts';
import type { Scores } from '../../../src/flow/scores.ts';

const CHAMPION = { name: 'm', version: '1', sha256: 'ab' };
const CANARY = { name: 'm', version: '2', sha256: 'cd' };

const scoresOf = (model: Scores['models'][number], more: Partial<Scores> = {}): Scores => ({
  models: [model],
  modelOf: null,
  score: Float64Array.of(0.25, 0.5),
  classes: null,
  perClass: null,
  ...more,
});

describe('scores of several models', () => {
  it('stand at the row that each model scored', () => {
    const merged = mergeScores(
      [
        { rows: Int32Array.of(0, 3), scores: scoresOf(CHAMPION, { seconds: 1 }) },
        { rows: Int32Array.of(2, 1), scores: scoresOf(CANARY, { seconds: 2 }) },
      ],
      5,
    );
    expect(merged).toEqual({
      models: [CHAMPION, CANARY],
      modelOf: Uint8Array.of(0, 1, 1, 0, 0),
      score: Float64Array.of(0.25, 0.5, 0.25, 0.5, NaN),
      classes: null,
      perClass: null,
      timedOut: [],
      failed: [],
      seconds: 3,
    });
  });

  it('of rows that are not used are left out, with their failures', () => {
    const merged = mergeScores(
      [
        { rows: Int32Array.of(0, 1), scores: scoresOf(CHAMPION) },
        {
          rows: Int32Array.of(1, -1),
          scores: scoresOf(CANARY, { timedOut: [1], failed: [{ row: 1, why: 'so' }] }),
        },
      ],
      2,
    );
    expect(merged.score).toEqual(Float64Array.of(0.25, 0.25));
    expect(merged.modelOf).toEqual(Uint8Array.of(0, 1));
    expect([merged.timedOut, merged.failed]).toEqual([[], []]);
  });

  it('keep the numbers by class, and the rows that were not scored', () => {
    const classes = ['no', 'yes'];
    const merged = mergeScores(
      [
        {
          rows: Int32Array.of(1, 3),
          scores: scoresOf(CHAMPION, {
            classes,
            perClass: Float64Array.of(1, 2, 3, 4),
            timedOut: [1],
          }),
        },
        {
          rows: Int32Array.of(2, 0),
          scores: scoresOf(CANARY, {
            classes: [...classes],
            perClass: Float64Array.of(5, 6, 7, 8),
            failed: [{ row: 0, why: 'it fails' }],
          }),
        },
      ],
      4,
    );
    expect(merged).toMatchObject({
      classes,
      perClass: Float64Array.of(7, 8, 1, 2, 5, 6, 3, 4),
      timedOut: [3],
      failed: [{ row: 2, why: 'it fails' }],
    });
  });

  it('of one version, in two parts, have one model', () => {
    const both = [0, 2].map((from) => ({
      rows: Int32Array.of(from, from + 1),
      scores: scoresOf({ ...CHAMPION }),
    }));
    expect(mergeScores(both, 4)).toMatchObject({ models: [CHAMPION], modelOf: null });
  });

  it.each([
    ['other classes', ['no', 'perhaps'], 'no, yes and no, perhaps'],
    ['another order', ['yes', 'no'], 'no, yes and yes, no'],
    ['no classes', null, 'no, yes and none'],
  ])('are refused where one model has %s', (_, classes, names) => {
    const perClass = new Float64Array(4);
    const parts = [
      {
        rows: Int32Array.of(0, 1),
        scores: scoresOf(CHAMPION, { classes: ['no', 'yes'], perClass }),
      },
      {
        rows: Int32Array.of(2, 3),
        scores: scoresOf(CANARY, { classes, perClass: classes && perClass }),
      },
    ];
    expect(() => mergeScores(parts, 4)).toThrow(names);
  });
});
