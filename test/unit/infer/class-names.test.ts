import { classNames } from '../../../src/infer/class-names.ts';
import type { OnnxNode } from '../../../src/infer/protobuf-onnx.ts';
import { textGraph, textNode as node } from '../../support/text-graph.ts';

function namesOf(tensor: string, outputs: string[], nodes: OnnxNode[]): readonly string[] | undefined {
  const constants: Record<string, string[]> = { names: ['fraud', 'legit'], numbers: ['7', '0'] };
  return classNames(textGraph(nodes, outputs, constants), tensor, 2);
}

const network = (more: OnnxNode[]): OnnxNode[] => [node('MatMul(x, w) -> z'), node('Softmax(z) -> p'), ...more];

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
    const encoder = (renames: Record<string, string>): OnnxNode => node('LabelEncoder(i) -> label', undefined, renames);
    const outputs = ['label', 'p'];
    expect(namesOf('p', outputs, [classifier, encoder({ 0: 'fraud', 1: 'legit' })])).toEqual(['fraud', 'legit']);
    expect(namesOf('p', outputs, [classifier, encoder({ 1: 'fraud', 0: 'legit' })])).toEqual(['legit', 'fraud']);
    const twice = [classifier, node('LabelEncoder(i) -> j', undefined, { 0: 'A', 1: 'B' }), node('LabelEncoder(j) -> label', undefined, { A: 'x', B: 'y' })]; // prettier-ignore
    expect(namesOf('p', outputs, twice)).toEqual(['x', 'y']);
  });

  it('are what an encoder makes of the index of the best', () => {
    const encoder = (renames: Record<string, string>): OnnxNode => node('LabelEncoder(i) -> label', undefined, renames);
    const named = (renames: Record<string, string>) => namesOf('p', ['label', 'p'], network([node('ArgMax(p) -> i'), encoder(renames)])); // prettier-ignore
    expect(named({ 1: 'legit', 0: 'fraud' })).toEqual(['fraud', 'legit']);
    expect(named({ 1: 'fraud', 2: 'legit' })).toBeUndefined();
    expect(named({ 0: 'a', 1: 'b', 2: 'c' })).toBeUndefined();
    const feature = node('LabelEncoder(f) -> x', undefined, { 0: 'a', 1: 'b' });
    expect(namesOf('p', ['label', 'p'], [feature, ...network([node('ArgMax(p) -> label')])])).toBeUndefined();
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
    const inside = [node('LinearClassifier(x) -> l, q', ['up', 'down']), node('MatMul(q, w) -> z'), node('Softmax(z) -> p')]; // prettier-ignore
    expect(namesOf('p', ['p'], inside)).toBeUndefined();
    const table = [node('Gather(numbers, c) -> e'), node('Add(x, e) -> p')];
    expect(namesOf('p', ['p'], table)).toBeUndefined();
  });
});
