import { allOf, mergedObservation, type Observation } from '../../../src/flow/observation.ts';

const heard: string[] = [];

class Sum implements Observation {
  #sum: number;
  constructor(sum: number) {
    this.#sum = sum;
  }
  merge(other: this): void {
    this.#sum += (other as Sum).#sum;
  }
  record(): void {
    heard.push(`sum ${this.#sum}`);
  }
}

class Text implements Observation {
  #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  merge(other: this): void {
    this.#text += (other as Text).#text;
  }
  record(): void {
    heard.push(this.#text);
  }
}

describe('observations', () => {
  beforeEach(() => heard.splice(0));

  it('of one batch are recorded together', () => {
    expect(allOf([])).toBeUndefined();
    expect(allOf([undefined, undefined])).toBeUndefined();
    const one = new Sum(1);
    expect(allOf([undefined, one])).toBe(one);
    allOf([new Sum(1), undefined, new Text('a')])!.record();
    expect(heard).toEqual(['sum 1', 'a']);
  });

  it('of several batches are merged by their kind, whichever kinds a batch has', () => {
    expect(mergedObservation([undefined])).toBeUndefined();
    const batches = [
      new Sum(1),
      allOf([new Sum(2), new Text('a')]),
      undefined,
      new Text('b'),
      allOf([new Text('c'), new Sum(4)]),
    ];
    mergedObservation(batches)!.record();
    expect(heard).toEqual(['sum 7', 'abc']);
  });

  it('of one batch may be recorded after they were merged with those of another', () => {
    const first = new Sum(1);
    expect(mergedObservation([first, undefined])).toBe(first);
  });
});
