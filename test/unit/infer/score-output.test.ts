import type { OutputSpec } from '../../../src/infer/model-description.ts';
import {
  chooseOutput,
  chooseScore,
  type OutputSignature,
} from '../../../src/infer/score-output.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const float = (name: string): OutputSignature => ({ name, tensor: name, type: 'float32' });
const LABEL: OutputSignature = { name: 'label', tensor: 'label', type: 'int64' };
const MAPS: OutputSignature = {
  name: 'output_probability',
  tensor: 'output_probability',
  type: undefined,
};
const UNZIPPED: OutputSignature = { ...MAPS, tensor: 'raw', type: 'float32' };
const named = (tensor: string, column?: number): OutputSpec => ({ score: { tensor, column } });

describe('chooseOutput', () => {
  it.each<[string, OutputSignature[], OutputSpec, string]>([
    ['the only output', [float('anything')], {}, 'anything'],
    ['the only one of fractions beside a label', [LABEL, float('anything')], {}, 'anything'],
    ['doubles as well', [LABEL, { name: 'p', tensor: 'p', type: 'float64' }], {}, 'p'],
    [
      'the one with a usual name among several',
      [float('embedding'), float('probabilities')],
      {},
      'probabilities',
    ],
    [
      'the one that model.yaml names',
      [float('embedding'), float('probabilities')],
      named('embedding'),
      'embedding',
    ],
    [
      'a label, where model.yaml names it',
      [LABEL, float('probabilities')],
      named('label'),
      'label',
    ],
    ['the tensor beside a sequence of maps', [float('probabilities'), MAPS], {}, 'probabilities'],
    ['the tensor behind a ZipMap', [LABEL, UNZIPPED], {}, 'raw'],
    [
      'the tensor behind a ZipMap by the name of the map',
      [LABEL, UNZIPPED],
      named('output_probability'),
      'raw',
    ],
    ['the tensor behind a ZipMap by its own name', [LABEL, UNZIPPED], named('raw'), 'raw'],
  ])('takes %s', (_what, outputs, spec, chosen) => {
    expect(chooseOutput(outputs, spec, 'model.yaml').tensor).toBe(chosen);
  });

  it.each<[string, OutputSignature[], OutputSpec, RegExp]>([
    [
      'two without a usual name',
      [float('a'), float('b')],
      {},
      /could be the score: a \(float32\), b \(float32\)/,
    ],
    ['two with a usual name', [float('score'), float('scores')], {}, /more than one output/],
    ['nothing but a label', [LABEL], {}, /no output has a float type .*: label \(int64\)/],
    [
      'whole numbers of a byte',
      [{ name: 'p', tensor: 'p', type: 'uint8' }],
      {},
      /no output has a float type .*: p \(uint8\)/,
    ],
    [
      'a name that is not there',
      [LABEL, float('p')],
      named('q'),
      /no output q; it has label \(int64\), p \(float32\)/,
    ],
    [
      'text',
      [{ name: 'label', tensor: 'label', type: 'string' }],
      named('label'),
      /the output label has strings/,
    ],
    [
      'a sequence of maps by name',
      [LABEL, MAPS],
      named('output_probability'),
      /output_probability is a sequence, a map/,
    ],
    ['a name that no object has', [float('__proto__')], {}, /called __proto__/],
    [
      'a label beside a sequence of maps',
      [LABEL, MAPS],
      {},
      /output_probability is a sequence, a map/,
    ],
  ])('refuses %s', async (_what, outputs, spec, what) => {
    const { problems } = await scorerErrorOf(() => chooseOutput(outputs, spec, 'model.yaml'));
    expect(problems).toMatchObject([{ code: 'MODEL_OUTPUT', where: 'model.yaml outputs.score' }]);
    expect(problems[0]!.what).toMatch(what);
  });
});

describe('chooseScore', () => {
  const choose = (width: number, spec: OutputSpec, names?: readonly string[]) =>
    chooseScore(width, spec, 'p', names, 'model.yaml');
  const ABC = ['a', 'b', 'c'];

  it.each<[string, number, OutputSpec, number]>([
    ['the only column', 1, {}, 0],
    ['the last of two: the probability of yes', 2, {}, 1],
    ['the one that model.yaml names', 5, named('p', 4), 4],
    ['the first where model.yaml names it', 2, named('p', 0), 0],
  ])('takes %s, and writes no scores by class', (_what, width, spec, column) => {
    expect(choose(width, spec)).toMatchObject({ column, classes: null });
  });

  it('needs no names of two classes, and writes no scores by class for them', () => {
    expect(choose(2, {}, ['no', 'yes'])).toMatchObject({ column: 1, classes: null });
  });

  it('takes the highest of several classes, under the names of the model', () => {
    expect(choose(3, {}, ABC)).toMatchObject({ column: null, classes: ABC });
  });

  it('takes the names of model.yaml before those of the model', () => {
    expect(choose(3, { classes: ['x', 'y', 'z'] }, ABC)).toMatchObject({
      column: null,
      classes: ['x', 'y', 'z'],
    });
    expect(choose(2, { classes: ['x', 'y'] }, ['0', '1'])).toMatchObject({
      column: 1,
      classes: ['x', 'y'],
    });
  });

  it('takes one class where model.yaml names its column, beside the scores by class', () => {
    expect(choose(3, named('p', 2), ABC)).toMatchObject({ column: 2, classes: ABC });
  });

  it.each<[string, number, OutputSpec, string, RegExp]>([
    [
      'one beyond the last',
      2,
      named('p', 2),
      'score',
      /column is 2, but p has 2 columns \(0 to 1\)/,
    ],
    [
      'three columns without names of which none is the score',
      3,
      {},
      'score',
      /p has 3 columns, and model.yaml does not/,
    ],
    [
      'other names than columns',
      3,
      { classes: ['x', 'y'] },
      'classes',
      /names 2 classes, but p has 3 columns/,
    ],
  ])('refuses %s', async (_what, width, spec, at, what) => {
    const { problems } = await scorerErrorOf(() => choose(width, spec));
    expect(problems).toMatchObject([{ code: 'MODEL_OUTPUT', where: `model.yaml outputs.${at}` }]);
    expect(problems[0]!.what).toMatch(what);
  });

  const byClass = (name: string, classes?: string[]): OutputSpec => ({
    score: { class: name },
    classes,
  });

  it('names the class that the score is of, where the model or model.yaml has names', () => {
    expect(choose(2, {}, ['fraud', 'legit']).scoreFrom).toBe('p[:,1] = "legit"');
    expect(choose(2, {}, ['0', '1']).scoreFrom).toBe('p[:,1] = 1');
    expect(choose(2, { classes: ['x', 'y'] }).scoreFrom).toBe('p[:,1] = "y"');
    expect(choose(2, {}).scoreFrom).toBe('p[:,1]');
    expect(choose(3, {}, ABC).scoreFrom).toBe('highest of p[:,0..2]');
  });

  it('takes the class that model.yaml names', () => {
    expect(choose(2, byClass('fraud'), ['fraud', 'legit'])).toMatchObject({
      column: 0,
      scoreFrom: 'p[:,0] = "fraud"',
    });
    expect(choose(3, byClass('b'), ABC)).toMatchObject({ column: 1, classes: ABC });
    expect(choose(2, byClass('x', ['x', 'y']))).toMatchObject({ column: 0 });
    expect(choose(2, byClass('0'), ['0', '1'])).toMatchObject({ column: 0, question: undefined });
  });

  it.each<[string, OutputSpec, readonly string[] | undefined, RegExp, RegExp]>([
    [
      'that is misspelt',
      byClass('frud'),
      ['fraud', 'legit'],
      /no class "frud"; it has "fraud", "legit"/,
      /mean fraud/,
    ],
    [
      'that is another',
      byClass('x'),
      ['fraud', 'legit'],
      /no class "x"/,
      /Choose one of "fraud", "legit"/,
    ],
    [
      'where there are no names',
      byClass('fraud'),
      undefined,
      /the columns of p have no class names/,
      /outputs\.classes/,
    ],
  ])('refuses a class %s', async (_what, spec, names, what, remedy) => {
    const { problems } = await scorerErrorOf(() => choose(2, spec, names));
    expect(problems).toMatchObject([
      { code: 'MODEL_OUTPUT', where: 'model.yaml outputs.score.class' },
    ]);
    expect(problems[0]!.what).toMatch(what);
    expect(problems[0]!.remedy).toMatch(remedy);
  });

  it("refuses the model's own classes in another order", async () => {
    const { problems } = await scorerErrorOf(() =>
      choose(2, { classes: ['legit', 'fraud'] }, ['fraud', 'legit']),
    );
    expect(problems).toMatchObject([{ code: 'MODEL_OUTPUT', where: 'model.yaml outputs.classes' }]);
  });

  it.each([
    ['fraud', 'legit'],
    ['denied', 'granted'],
    ['fake', 'real'],
    ['cancelled', 'kept'],
    ['unauthorized', 'verified'],
    ['bad', 'good'],
    ['churned', 'retained'],
    ['fraud', 'not_fraud'],
    ['Fraud', 'isGenuine'],
    ['1', '0'],
    ['attack', 'nothing special'],
  ])('asks where nobody chose between %s and %s', (first, last) => {
    expect(choose(2, {}, [first, last]).question).toContain(
      `is the score meant to be the probability of`,
    );
    expect(choose(2, { classes: [first, last] }).question).toBeDefined();
    expect(choose(2, named('p', 1), [first, last]).question).toBeUndefined();
    expect(choose(2, byClass(last), [first, last]).question).toBeUndefined();
  });

  it.each([
    ['0', '1'],
    ['-1', '1'],
    ['legit', 'fraud'],
    ['False', 'True'],
    ['no', 'yes'],
    ['a', 'b'],
    ['normal', 'abnormal'],
  ])('does not ask where it is %s and %s', (first, last) => {
    expect(choose(2, {}, [first, last]).question).toBeUndefined();
  });

  describe('of one column and two classes', () => {
    const one = (column: 0 | 1 | undefined, spec: OutputSpec = {}, names = ['fraud', 'legit']) =>
      chooseScore(1, spec, 'p', undefined, 'model.yaml', { names, column });

    it('names the class that it is of, and writes no scores by class', () => {
      expect(one(1, {}, ['legit', 'fraud'])).toEqual({
        column: 0,
        classes: null,
        scoreFrom: 'p[:,0] = "fraud"',
        question: undefined,
      });
      expect(one(0)).toMatchObject({
        column: 0,
        scoreFrom: 'p[:,0] = "fraud"',
        question: undefined,
      });
      expect(one(1, named('p', 0))).toMatchObject({
        scoreFrom: 'p[:,0] = "legit"',
        question: undefined,
      });
    });

    it('asks where it reads like the harmless one, and nobody chose', () => {
      expect(one(1)).toMatchObject({ column: 0, scoreFrom: 'p[:,0] = "legit"' });
      expect(one(1).question).toMatch(
        /probability of "legit"\? .* use the probability of "fraud".*class: legit/,
      );
      expect(one(1, byClass('legit'))).toMatchObject({
        column: 0,
        scoreFrom: 'p[:,0] = "legit"',
        question: undefined,
      });
    });

    it('asks where the model does not say which it is, and names none', () => {
      const unknown = one(undefined, {}, ['legit', 'fraud']);
      expect(unknown.scoreFrom).toBe('p[:,0]');
      expect(unknown.question).toMatch(
        /names the classes "legit" and "fraud", but does not say which .*class: fraud .*column: 0/,
      );
      expect(one(undefined, named('p', 0))).toMatchObject({
        scoreFrom: 'p[:,0]',
        question: undefined,
      });
      expect(one(undefined, byClass('legit'))).toMatchObject({
        scoreFrom: 'p[:,0] = "legit"',
        question: undefined,
      });
    });

    it('takes the names of model.yaml', () => {
      expect(choose(1, { classes: ['no', 'yes'] })).toMatchObject({
        column: 0,
        classes: null,
        scoreFrom: 'p[:,0] = "yes"',
      });
      expect(choose(1, { classes: ['yes', 'no'] }).question).toMatch(/probability of "no"/);
      expect(choose(1, byClass('yes', ['no', 'yes'])).scoreFrom).toBe('p[:,0] = "yes"');
      expect(one(0, { classes: ['bad', 'good'] }).scoreFrom).toBe('p[:,0] = "bad"');
      expect(one(1, { classes: ['only'] })).toMatchObject({
        classes: ['only'],
        scoreFrom: 'p[:,0] = "only"',
      });
    });

    it.each<[string, 0 | 1 | undefined, OutputSpec, string, RegExp, RegExp]>([
      [
        'the other class',
        1,
        byClass('fraud'),
        'score.class',
        /is "fraud", but p has one column, the probability of "legit"/,
        /class: legit/,
      ],
      [
        'the second where it is the first',
        0,
        byClass('legit'),
        'score.class',
        /probability of "fraud"/,
        /class: fraud/,
      ],
      [
        'the first where nobody knows',
        undefined,
        byClass('fraud'),
        'score.class',
        /does not say which class/,
        /column: 0/,
      ],
      [
        'a class that is not there',
        1,
        byClass('legal'),
        'score.class',
        /no class "legal"/,
        /mean legit/,
      ],
      [
        'another column',
        1,
        named('p', 1),
        'score',
        /column is 1, but p has only one column/,
        /column: 0.*"legit"/,
      ],
      [
        'three classes',
        1,
        { classes: ['a', 'b', 'c'] },
        'classes',
        /names 3 classes, but p has 1 column/,
        /Name/,
      ],
      [
        'another order',
        1,
        { classes: ['legit', 'fraud'] },
        'classes',
        /in another order/,
        /Remove outputs\.classes/,
      ],
    ])('refuses %s', async (_what, column, spec, at, what, remedy) => {
      const { problems } = await scorerErrorOf(() => one(column, spec));
      expect(problems).toMatchObject([{ code: 'MODEL_OUTPUT', where: `model.yaml outputs.${at}` }]);
      expect(problems[0]!.what).toMatch(what);
      expect(problems[0]!.remedy).toMatch(remedy);
    });
  });
});
