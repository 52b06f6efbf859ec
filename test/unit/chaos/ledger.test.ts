import { Ledger } from '../../../chaos/ledger.ts';

const NOTHING = {
  inputs: 0,
  scores: 0,
  deadLetters: 0,
  missing: 0,
  unfinished: 0,
  duplicates: 0,
  outOfOrder: 0,
  wrong: 0,
};

/** The group is at the end of every partition. */
const ALL = new Array<number>(8).fill(Infinity);

/**
 * One partition with good inputs at offsets 0 to 9, even ones with key 0 and odd ones with key 1.
 */
function tenInputs(): Ledger {
  const ledger = new Ledger(2);
  for (let offset = 0; offset < 10; offset++) ledger.input(0, offset, offset % 2, 'score');
  return ledger;
}

describe('the ledger', () => {
  it('has nothing to say about nothing', () => {
    expect(new Ledger(3).totals(ALL)).toEqual(NOTHING);
  });

  it('is balanced when each input has its one output, wherever keys interleave', () => {
    const ledger = tenInputs();
    ledger.input(1, 5, 0, 'dead');
    for (const offset of [1, 3, 0, 2, 4, 5, 6, 7, 9, 8]) ledger.output('score', 0, offset);
    ledger.output('dead', 1, 5);
    expect(ledger.totals(ALL)).toEqual({ ...NOTHING, inputs: 11, scores: 10, deadLetters: 1 });
  });

  it('counts inputs without an output as missing, and no gap between offsets', () => {
    const ledger = tenInputs();
    ledger.input(1, 100_000, 0, 'score');
    for (let offset = 0; offset < 8; offset++) ledger.output('score', 0, offset);
    expect(ledger.totals(ALL)).toMatchObject({ inputs: 11, missing: 3, duplicates: 0 });
  });

  it('calls nothing missing that the group has not got to yet', () => {
    const ledger = tenInputs();
    for (let offset = 0; offset < 5; offset++) ledger.output('score', 0, offset);
    expect(ledger.totals([7, 0])).toMatchObject({ missing: 2, unfinished: 3 });
  });

  it('counts every copy beyond the first', () => {
    const ledger = tenInputs();
    for (let copy = 0; copy < 300; copy++) ledger.output('score', 0, 4);
    expect(ledger.totals(ALL)).toMatchObject({ scores: 300, duplicates: 299, missing: 9 });
  });

  it('does not call a batch that was written again out of order', () => {
    const ledger = tenInputs();
    for (const offset of [0, 1, 2, 3, 0, 1, 2, 3, 4, 5]) ledger.output('score', 0, offset);
    expect(ledger.totals(ALL)).toMatchObject({ duplicates: 4, outOfOrder: 0 });
  });

  it('calls a first output after that of a later input of its key out of order', () => {
    const ledger = tenInputs();
    for (const offset of [0, 4, 2, 6]) ledger.output('score', 0, offset);
    expect(ledger.totals(ALL)).toMatchObject({ duplicates: 0, outOfOrder: 1 });
  });

  it('knows the order of each destination by itself', () => {
    const ledger = tenInputs();
    ledger.input(0, 10, 0, 'dead');
    ledger.output('dead', 0, 10);
    ledger.output('score', 0, 8);
    expect(ledger.totals(ALL)).toMatchObject({ outOfOrder: 0, wrong: 0 });
  });

  it('finds outputs that no input deserves', () => {
    const ledger = tenInputs();
    ledger.output('dead', 0, 0);
    ledger.output('score', 0, 10);
    ledger.output('score', 0, 1_000_000);
    ledger.output('score', 1, 0);
    ledger.output('score', -1, 0);
    expect(ledger.totals(ALL)).toMatchObject({ wrong: 5, missing: 9, duplicates: 0 });
  });

  it('holds two million inputs in a few bytes each', () => {
    const before = process.memoryUsage().arrayBuffers;
    const ledger = new Ledger(8);
    for (let i = 0; i < 2_000_000; i++) ledger.input(i % 8, i >> 3, i % 100, 'score');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000);
    for (let i = 0; i < 2_000_000; i++) ledger.output('score', i % 8, i >> 3);
    expect(ledger.totals(ALL)).toEqual({ ...NOTHING, inputs: 2_000_000, scores: 2_000_000 });
  });
});
