import { oneColumn } from '../../../src/infer/one-column.ts';
import { textGraph, textNode as node } from '../../support/text-graph.ts';

const CONSTANTS = {
  names: ['fraud', 'legit'],
  zero: ['0'],
  one: ['1'],
  last: ['-1'],
  both: ['0', '1'],
};

/** Of a graph in lines, whose outputs are `label` and `p`. */
function found(lines: string, score = 'p') {
  const nodes = lines.split('; ').map((line) => {
    if (line.includes('Classifier')) return node(line, ['fraud', 'legit']);
    return node(
      line,
      undefined,
      line.includes('LabelEncoder') ? { 0: 'fraud', 1: 'legit' } : undefined,
    );
  });
  return oneColumn(textGraph(nodes, ['label', score], CONSTANTS), { tensor: score });
}

const SIGMOID = 'MatMul(x, w) -> z; Sigmoid(z) -> p';
const NAME = 'Gather(names, i) -> label';
const PAIR = 'Sub(1, p) -> q; Concat(q, p) -> both; ArgMax(both) -> i';
const HEAD = 'LinearClassifier(x) -> label, raw';

describe('the one column of two classes', () => {
  it.each([
    ['a threshold', `${SIGMOID}; Greater(p, half) -> b; Cast(b) -> i; ${NAME}`],
    [
      'a threshold that is asked the other way',
      `${SIGMOID}; LessOrEqual(half, p) -> b; Cast(b) -> i; ${NAME}`,
    ],
    [
      'a threshold that a node holds',
      `${SIGMOID}; Constant(v) -> c; Cast(c) -> half; Greater(p, half) -> b; Cast(b) -> i; ${NAME}`,
    ],
    ['a threshold before the sigmoid', `${SIGMOID}; Greater(z, none) -> b; Cast(b) -> i; ${NAME}`],
    ['a rounded column', `${SIGMOID}; Squeeze(p) -> f; Round(f) -> r; Cast(r) -> i; ${NAME}`],
    ['what is turned twice', `${SIGMOID}; Less(p, half) -> a; Not(a) -> b; Cast(b) -> i; ${NAME}`],
    [
      'an encoder of the index',
      `${SIGMOID}; Greater(p, half) -> b; Cast(b) -> i; LabelEncoder(i) -> label`,
    ],
    ['the larger of two', `${SIGMOID}; ${PAIR}; ${NAME}`],
    [
      'a column of them',
      `MatMul(x, w) -> z; Softmax(z) -> s; ArgMax(z) -> i; ${NAME}; Gather(s, one) -> p`,
    ],
    [
      'one of a split',
      `MatMul(x, w) -> z; Softmax(z) -> s; ArgMax(s) -> i; ${NAME}; Split(s) -> q, p`,
    ],
    ['a column of a classifier', `${HEAD}; ArrayFeatureExtractor(raw, one) -> p`],
    ['the last column of a classifier', `${HEAD}; Slice(raw, last, end, one) -> p`],
    ['one minus the first', `${HEAD}; Slice(raw, zero, end, one) -> q; Sub(1, q) -> p`],
    [
      'the column of a classifier that has one',
      'LinearClassifier(x) -> label, raw; Sigmoid(raw) -> p',
    ],
  ])('is of the second: %s', (_what, lines) => {
    expect(found(lines)).toEqual({ names: ['fraud', 'legit'], column: 1 });
  });

  it.each([
    ['a threshold from below', `${SIGMOID}; Less(p, half) -> b; Cast(b) -> i; ${NAME}`],
    [
      'a score that is turned',
      'MatMul(x, w) -> z; Sigmoid(z) -> s; Sub(1, s) -> p; Greater(s, half) -> b; Cast(b) -> i; ' +
        NAME,
    ],
    [
      'the larger of two, the score before',
      `${SIGMOID}; Sub(1, p) -> q; Concat(p, q) -> both; ArgMax(both) -> i; ${NAME}`,
    ],
    [
      'the first column',
      `MatMul(x, w) -> z; Softmax(z) -> s; ArgMax(z) -> i; ${NAME}; Gather(s, zero) -> p`,
    ],
    ['the first column of a classifier', `${HEAD}; ArrayFeatureExtractor(raw, zero) -> p`],
    ['one minus the last', `${HEAD}; Gather(raw, one) -> q; Sub(1, q) -> p`],
  ])('is of the first: %s', (_what, lines) => {
    expect(found(lines)).toEqual({ names: ['fraud', 'legit'], column: 0 });
  });

  it.each([
    ['the confidence', `${HEAD}; ReduceMax(raw) -> p`],
    ['a distance', `${SIGMOID}; Abs(p) -> a; Greater(a, half) -> b; Cast(b) -> i; ${NAME}`],
    [
      'a threshold between two of its numbers',
      `${SIGMOID}; Exp(z) -> e; Greater(p, e) -> b; Cast(b) -> i; ${NAME}`,
    ],
    ['a column that is computed', `${HEAD}; ArrayFeatureExtractor(raw, unknown) -> p`],
    ['rows, perhaps', `${HEAD}; Slice(raw, one, end, both) -> p`],
    [
      'a column of other two',
      `MatMul(x, w) -> z; Greater(z, half) -> b; Cast(b) -> i; ${NAME}; Concat(z, z) -> s; Gather(s, one) -> p`,
    ],
  ])('is not known: %s', (_what, lines) => {
    expect(found(lines)).toEqual({ names: ['fraud', 'legit'], column: undefined });
  });

  it('has no names where a table of two is far from the label, or the label is another', () => {
    expect(
      found('Gather(names, c) -> x; MatMul(x, w) -> z; Sigmoid(z) -> p; Round(p) -> label'),
    ).toBeUndefined();
    expect(found(`${SIGMOID}; LinearClassifier(y) -> label, other`)).toBeUndefined();
  });

  it('is not known of names that the output itself declares', () => {
    expect(oneColumn(undefined, { tensor: 'p', classes: ['a', 'b'] })).toEqual({
      names: ['a', 'b'],
      column: undefined,
    });
    expect(oneColumn(undefined, { tensor: 'p', classes: ['a', 'a'] })).toBeUndefined();
    expect(oneColumn(undefined, { tensor: 'p' })).toBeUndefined();
  });
});
