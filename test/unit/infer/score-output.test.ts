import type { OutputSpec } from '../../../src/infer/model-yaml.ts';
import { chooseColumn, chooseTensor, type OutputSignature } from '../../../src/infer/score-output.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const float = (name: string): OutputSignature => ({ name, type: 'float32' });
const LABEL: OutputSignature = { name: 'label', type: 'int64' };
const MAPS: OutputSignature = { name: 'output_probability', type: undefined };
const named = (tensor: string, column?: number): OutputSpec => ({ score: { tensor, column } });

describe('chooseTensor', () => {
  it.each<[string, OutputSignature[], OutputSpec, string]>([
    ['the only output', [float('anything')], {}, 'anything'],
    ['the only one of fractions beside a label', [LABEL, float('anything')], {}, 'anything'],
    ['doubles as well', [LABEL, { name: 'p', type: 'float64' }], {}, 'p'],
    ['the one with a usual name among several', [float('embedding'), float('probabilities')], {}, 'probabilities'],
    ['the one that model.yaml names', [float('embedding'), float('probabilities')], named('embedding'), 'embedding'],
    ['a label, where model.yaml names it', [LABEL, float('probabilities')], named('label'), 'label'],
    ['the tensor beside a sequence of maps', [float('probabilities'), MAPS], {}, 'probabilities'],
  ])('takes %s', (_what, outputs, spec, chosen) => {
    expect(chooseTensor(outputs, spec, 'model.yaml')).toBe(chosen);
  });

  it.each<[string, OutputSignature[], OutputSpec, RegExp]>([
    ['two without a usual name', [float('a'), float('b')], {}, /could be the score: a \(float32\), b \(float32\)/],
    ['two with a usual name', [float('score'), float('scores')], {}, /more than one or no output/],
    ['nothing but a label', [LABEL], {}, /could be the score: label \(int64\)/],
    ['a name that is not there', [LABEL, float('p')], named('q'), /no output q; it has label \(int64\), p \(float32\)/],
    ['text', [{ name: 'label', type: 'string' }], named('label'), /the output label holds text/],
    ['a sequence of maps by name', [LABEL, MAPS], named('output_probability'), /sequence of maps \(ZipMap\)/],
    ['a label beside a sequence of maps', [LABEL, MAPS], {}, /output_probability is a sequence of maps/],
  ])('refuses %s', async (_what, outputs, spec, what) => {
    const { problems } = await scorerErrorOf(() => chooseTensor(outputs, spec, 'model.yaml'));
    expect(problems).toMatchObject([{ code: 'MODEL_OUTPUT', where: 'model.yaml outputs.score' }]);
    expect(problems[0]!.what).toMatch(what);
  });
});

describe('chooseColumn', () => {
  it.each<[string, number, OutputSpec, number]>([
    ['the only column', 1, {}, 0],
    ['the last of two: the probability of yes', 2, {}, 1],
    ['the one that model.yaml names', 5, named('p', 4), 4],
    ['the first where model.yaml names it', 2, named('p', 0), 0],
  ])('takes %s', (_what, width, spec, column) => {
    expect(chooseColumn(width, spec, 'p', 'model.yaml')).toBe(column);
  });

  it.each<[string, number, OutputSpec, RegExp]>([
    ['one beyond the last', 2, named('p', 2), /column is 2, but p has 2 columns \(0 to 1\)/],
    ['three columns of which none is named', 3, {}, /p has 3 columns and model.yaml does not say/],
  ])('refuses %s', async (_what, width, spec, what) => {
    const { problems } = await scorerErrorOf(() => chooseColumn(width, spec, 'p', 'model.yaml'));
    expect(problems).toMatchObject([{ code: 'MODEL_OUTPUT', where: 'model.yaml outputs.score' }]);
    expect(problems[0]!.what).toMatch(what);
  });
});
