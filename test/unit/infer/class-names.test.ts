import { classNames, textLabel } from '../../../src/infer/class-names.ts';
import type { OnnxNode } from '../../../src/onnx/protobuf-onnx.ts';
import { textGraph, textNode as node } from '../../support/text-graph.ts';

function namesOf(
  tensor: string,
  outputs: string[],
  nodes: OnnxNode[],
): readonly string[] | undefined {
  const constants: Record<string, string[]> = {
    names: ['fraud', 'legit'],
    numbers: ['7', '0'],
    fraud: ['fraud'],
    legit: ['legit'],
    zero: ['0'],
    one: ['1'],
  };
  return classNames(textGraph(nodes, outputs, constants), tensor, 2);
}

const network = (more: OnnxNode[]): OnnxNode[] => [
  node('MatMul(x, w) -> z'),
  node('Softmax(z) -> p'),
  ...more,
];

describe('the classes of a tensor', () => {
  it('are those of its classifier', () => {
    const nodes = [node('LinearClassifier(x) -> label, p', ['a', 'b'])];
    expect(namesOf('p', ['label', 'p'], nodes)).toEqual(['a', 'b']);
    expect(namesOf('p', ['p'], nodes)).toEqual(['a', 'b']);
  });

  it.each(['p', 'z'])('are those that the best of %s is looked up in', (from) => {
    const nodes = network([node(`ArgMax(${from}) -> i`), node('Gather(names, i) -> label')]);
    expect(namesOf('p', ['label', 'p'], nodes)).toEqual(['fraud', 'legit']);
  });

  it('are what an encoder makes of them for the label', () => {
    const classifier = node('LinearClassifier(x) -> i, p', ['0', '1']);
    const encoder = (renames: Record<string, string>): OnnxNode =>
      node('LabelEncoder(i) -> label', undefined, renames);
    const outputs = ['label', 'p'];
    expect(namesOf('p', outputs, [classifier, encoder({ 0: 'fraud', 1: 'legit' })])).toEqual([
      'fraud',
      'legit',
    ]);
    expect(namesOf('p', outputs, [classifier, encoder({ 1: 'fraud', 0: 'legit' })])).toEqual([
      'legit',
      'fraud',
    ]);
    const twice = [
      classifier,
      node('LabelEncoder(i) -> j', undefined, { 0: 'A', 1: 'B' }),
      node('LabelEncoder(j) -> label', undefined, { A: 'x', B: 'y' }),
    ];
    expect(namesOf('p', outputs, twice)).toEqual(['x', 'y']);
  });

  it('are what an encoder makes of the index of the best', () => {
    const encoder = (renames: Record<string, string>): OnnxNode =>
      node('LabelEncoder(i) -> label', undefined, renames);
    const named = (renames: Record<string, string>) =>
      namesOf('p', ['label', 'p'], network([node('ArgMax(p) -> i'), encoder(renames)]));
    expect(named({ 1: 'legit', 0: 'fraud' })).toEqual(['fraud', 'legit']);
    expect(named({ 1: 'fraud', 2: 'legit' })).toBeUndefined();
    expect(named({ 0: 'a', 1: 'b', 2: 'c' })).toBeUndefined();
    const feature = node('LabelEncoder(f) -> x', undefined, { 0: 'a', 1: 'b' });
    expect(
      namesOf('p', ['label', 'p'], [feature, ...network([node('ArgMax(p) -> label')])]),
    ).toBeUndefined();
  });

  const FIRST = 'Gather(p, zero) -> p0; ';
  const LAST = 'Gather(p, one) -> p1; ';
  const lookedUp = (lines: string): OnnxNode[] =>
    network(lines.split('; ').map((line) => node(line)));
  const names = (lines: string) => namesOf('p', ['label', 'p'], lookedUp(lines));
  const SIGMOID = [node('Gemm(x, w) -> z'), node('Sigmoid(z) -> q')];
  const joined = (lines: string) =>
    namesOf('p', ['label', 'p'], [...SIGMOID, ...lines.split('; ').map((line) => node(line))]);

  it.each([
    [
      'one of two, by the last column',
      `${LAST}Greater(p1, half) -> c; Where(c, legit, fraud) -> label`,
    ],
    [
      'one of two, by the first column',
      `${FIRST}Greater(p0, half) -> c; Where(c, fraud, legit) -> label`,
    ],
    [
      'one of two, by what is not above',
      `${LAST}Less(p1, half) -> c; Where(c, fraud, legit) -> label`,
    ],
    [
      'one of two, by what is turned',
      `${LAST}Greater(p1, half) -> b; Not(b) -> c; Where(c, fraud, legit) -> label`,
    ],
    [
      'one of two, by which column is above',
      `${FIRST}${LAST}Greater(p1, p0) -> c; Where(c, legit, fraud) -> label`,
    ],
    [
      'one of two, by which column is below',
      `${FIRST}${LAST}Less(p1, p0) -> c; Where(c, fraud, legit) -> label`,
    ],
    [
      'one of two, by the index of the best',
      'ArgMax(p) -> i; Equal(i, one) -> c; Where(c, legit, fraud) -> label',
    ],
    [
      'one of two, by the other index',
      'ArgMax(p) -> i; Equal(i, zero) -> c; Where(c, fraud, legit) -> label',
    ],
    [
      'one of two, of another shape',
      `Reshape(fraud, s) -> f; ${LAST}Greater(p1, half) -> c; Where(c, legit, f) -> label`,
    ],
    [
      'a list, by a column',
      `${LAST}Greater(p1, half) -> b; Cast(b) -> i; Gather(names, i) -> label`,
    ],
    [
      'a list, by what the probabilities are divided of',
      'Abs(z) -> a; ReduceSum(a) -> s; Div(a, s) -> p; ArgMax(a) -> i; Gather(names, i) -> label',
    ],
  ])('are chosen between as %s', (_what, lines) => {
    expect(names(lines)).toEqual(['fraud', 'legit']);
  });

  it('are turned round where the index is', () => {
    expect(names(`${LAST}Less(p1, half) -> b; Cast(b) -> i; Gather(names, i) -> label`)).toEqual([
      'legit',
      'fraud',
    ]);
    expect(
      names(`${FIRST}Greater(p0, half) -> b; Cast(b) -> i; Gather(names, i) -> label`),
    ).toEqual(['legit', 'fraud']);
    expect(names(`${LAST}Greater(p1, half) -> c; Where(c, fraud, legit) -> label`)).toEqual([
      'legit',
      'fraud',
    ]);
  });

  it.each([
    [
      'last',
      'Sub(1, q) -> r; Concat(r, q) -> p; Greater(q, half) -> c; Where(c, legit, fraud) -> label',
    ],
    [
      'first',
      'Sub(1, q) -> r; Concat(q, r) -> p; Greater(q, half) -> c; Where(c, fraud, legit) -> label',
    ],
    [
      'last, asked of the other',
      'Sub(1, q) -> r; Concat(r, q) -> p; Greater(r, half) -> c; Where(c, fraud, legit) -> label',
    ],
    [
      'last, asked before the sigmoid',
      'Sub(1, q) -> r; Concat(r, q) -> p; Less(z, none) -> c; Where(c, fraud, legit) -> label',
    ],
  ])('are known where two columns are joined of one, which is the %s', (_what, lines) => {
    expect(joined(lines)).toEqual(['fraud', 'legit']);
  });

  it.each([
    ['the least', 'ArgMin(p) -> i; Gather(names, i) -> label'],
    ['the best of what is turned', 'Neg(p) -> n; ArgMax(n) -> i; Gather(names, i) -> label'],
    [
      'the best of other columns',
      'Gather(p, order) -> n; ArgMax(n) -> i; Gather(names, i) -> label',
    ],
    ['the next of the best', 'ArgMax(p) -> i; Add(i, one) -> j; Gather(names, j) -> label'],
    [
      'a number of another kind',
      'Abs(z) -> a; Greater(a, half) -> c; Where(c, legit, fraud) -> label',
    ],
    [
      'a column that is not known',
      'Gather(p, some) -> p1; Greater(p1, half) -> c; Where(c, legit, fraud) -> label',
    ],
    [
      'one column that is compared with itself',
      `${LAST}Greater(p1, p1) -> c; Where(c, legit, fraud) -> label`,
    ],
    [
      'texts that are not constant',
      `${LAST}Greater(p1, half) -> c; Where(c, legit, other) -> label`,
    ],
  ])('are not known by %s', (_what, lines) => {
    expect(names(lines)).toBeUndefined();
    expect(textLabel(textGraph(lookedUp(lines), ['label', 'p'], {}), 'p', ['label'])).toBe('label');
  });

  it('are not those of another head of the model', () => {
    const heads = [
      node('Scaler(x) -> s'),
      node('LinearClassifier(s) -> la, pa', ['fraud', 'legit']),
      node('LinearClassifier(s) -> lb, pb', ['churn', 'stay']),
      node('MatMul(s, w) -> z'),
      node('Softmax(z) -> pc'),
    ];
    const outputs = ['la', 'pa', 'lb', 'pb', 'pc'];
    expect(namesOf('pa', outputs, heads)).toEqual(['fraud', 'legit']);
    expect(namesOf('pb', outputs, heads)).toEqual(['churn', 'stay']);
    expect(namesOf('pc', outputs, heads)).toBeUndefined();
  });

  it('are not those of a model inside, nor of a table that features are looked up in', () => {
    const inside = [
      node('LinearClassifier(x) -> l, q', ['up', 'down']),
      node('MatMul(q, w) -> z'),
      node('Softmax(z) -> p'),
    ];
    expect(namesOf('p', ['p'], inside)).toBeUndefined();
    const table = [node('Gather(numbers, c) -> e'), node('Add(x, e) -> p')];
    expect(namesOf('p', ['p'], table)).toBeUndefined();
  });
});
