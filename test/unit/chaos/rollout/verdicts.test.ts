import type { Change, Deciders, History } from '../../../../chaos/rollout/deciders.ts';
import { decisionOf } from '../../../../chaos/rollout/policies.ts';
import { inShare } from '../../../../chaos/rollout/share.ts';
import { scoreOf } from '../../../../chaos/rollout/shifts.ts';
import {
  Verdicts,
  type Answer,
  type ScoreRow,
  type Verdict,
} from '../../../../chaos/rollout/verdicts.ts';

const SHIFTS = new Map([
  ['1', 0],
  ['2', 0.05],
  ['3', 0.1],
  ['bad', 0.3],
  ['canary', 0.5],
]);
const NONE: Verdict = {
  illegal: 0,
  unclean: 0,
  wentBack: 0,
  clean: 0,
  fallbacks: 0,
  ofCanary: 0,
  wrongScores: 0,
  wrongDecisions: 0,
  comparisons: 0,
  comparedTwice: 0,
  otherwise: 0,
  examples: [],
};
const LOGIT = -0.2;
const ONE: Deciders = { champion: '1', policy: 'p1' };
const TWO: Deciders = { champion: '2', policy: 'p1' };

/** The offsets 4 to 7 are those of the change. */
const changeTo = (states: readonly Deciders[], moved = false): Change => ({
  kind: 'swap',
  from: [4],
  to: [8],
  states,
  moved,
  tookMs: 1,
});
const historyOf = (...states: Deciders[]): History => ({
  first: states[0]!,
  changes: [changeTo(states)],
});

const answer = (version: string, policy = 'p1'): Answer => {
  const score = scoreOf(LOGIT + SHIFTS.get(version)!);
  return { version, score, decision: decisionOf(policy, score) };
};
const scored = (version: string, policy = 'p1'): ScoreRow => ({
  ...answer(version, policy),
  policy,
});

/** Offsets from 0 on, each with its scores; the key is that of the offset. */
function topic(
  scores: readonly (string | readonly ScoreRow[])[],
  keyOf = (offset: number) => String(offset),
): Verdicts {
  const verdicts = new Verdicts(1, SHIFTS);
  for (const offset of scores.keys()) verdicts.input(0, offset, keyOf(offset), LOGIT);
  for (const [offset, given] of scores.entries()) {
    for (const score of typeof given === 'string' ? [scored(given)] : given)
      verdicts.score(0, offset, score);
  }
  return verdicts;
}
const versions = (text: string): string[] => text.split('');

/** Keys by whether they are of a share of 20 %. */
const [SHARED, OTHER] = [true, false].map((of) =>
  Array.from({ length: 200 }, (_, i) => `k${i}`).filter((key) => inShare(key, 20) === of),
) as [string[], string[]];

describe('a swap', () => {
  it.each(['1111222222', '1111112222', '1111111122'])('has a clean boundary in %s', (seen) => {
    expect(topic(versions(seen)).verdict(historyOf(ONE, TWO))).toEqual({ ...NONE, clean: 1 });
  });

  it('must not go back', () => {
    const seen = topic(versions('1111212222'));
    const { examples, ...counts } = seen.verdict(historyOf(ONE, TWO));
    expect(counts).toMatchObject({ unclean: 1, clean: 0, illegal: 0 });
    expect(examples[0]).toMatch(/^0:5 has version 1 and policy p1/);
  });

  it('may go back while partitions move', () => {
    const moved = { first: ONE, changes: [changeTo([ONE, TWO], true)] };
    expect(topic(versions('1111212122')).verdict(moved)).toEqual({ ...NONE, wentBack: 1 });
  });

  it.each([
    ['before it was offered', '1112222222'],
    ['after all replicas had the new one', '1111112212'],
    ['of a refused version', ['1', '1', 'bad', '1', '1', '2', '2', '2', '2', '2']],
  ])('has no score %s', (_when, seen) => {
    expect(
      topic(typeof seen === 'string' ? versions(seen) : seen).verdict(historyOf(ONE, TWO)).illegal,
    ).toBe(1);
  });

  it('may pass a version that was wanted for a moment', () => {
    const three = { champion: '3', policy: 'p1' };
    const history = historyOf(ONE, TWO, three);
    expect(topic(versions('1111133333')).verdict(history)).toEqual({ ...NONE, clean: 1 });
    expect(topic(versions('1111122333')).verdict(history)).toEqual({ ...NONE, clean: 1 });
    expect(topic(versions('1111332333')).verdict(history).unclean).toBe(1);
  });

  it('has the scores of the version that each names', () => {
    const wrong = { ...scored('2'), score: scored('1').score };
    const verdict = topic(['1', '1', [wrong]]).verdict({ first: ONE, changes: [] });
    expect(verdict).toMatchObject({ wrongScores: 1, illegal: 1 });
  });

  it('has copies only of those who could decide there', () => {
    const again = ['1', '1', '1', '1', '1', [scored('1'), scored('2')], '2', '2', '2'];
    expect(topic(again).verdict(historyOf(ONE, TWO)).illegal).toBe(1);
    const moved = { first: ONE, changes: [changeTo([ONE, TWO], true)] };
    expect(topic(again).verdict(moved).illegal).toBe(0);
    const same = ['1', '1', [scored('1'), scored('1')]];
    expect(topic(same).verdict({ first: ONE, changes: [] })).toEqual(NONE);
    const late = ['1', [scored('1'), scored('2')]];
    expect(topic(late).verdict(moved).illegal).toBe(1);
  });
});

describe('a policy', () => {
  const later = { champion: '1', policy: 'p2' };
  const seen = (text: string): Verdicts =>
    topic(versions(text).map((policy) => [scored('1', `p${policy}`)]));

  it('has a clean boundary, too', () => {
    expect(seen('1111122222').verdict(historyOf(ONE, later))).toEqual({ ...NONE, clean: 1 });
    expect(seen('1111121222').verdict(historyOf(ONE, later)).unclean).toBe(1);
    expect(seen('1121122222').verdict(historyOf(ONE, later)).illegal).toBe(1);
  });

  it('makes the decisions that name it', () => {
    const wrong = { ...scored('1'), decision: 'REJECT' };
    expect(topic(['1', [wrong]]).verdict(historyOf(ONE)).wrongDecisions).toBe(1);
  });
});

describe('a canary', () => {
  const canary = { ...ONE, canary: { version: 'canary', percent: 20 } };
  const stopping = historyOf(ONE, canary, ONE);
  const always: History = { first: canary, changes: [] };
  const ofShare = (offset: number): string => SHARED[offset]!;

  it('has only keys of its share', () => {
    const verdict = topic(['1', 'canary', '1'], (offset) => OTHER[offset]!).verdict(always);
    expect(verdict).toMatchObject({ illegal: 1, fallbacks: 0 });
    expect(topic(['canary', 'canary'], ofShare).verdict(always)).toEqual({ ...NONE, ofCanary: 2 });
  });

  it('leaves a key to the champion only as a fallback, which is counted', () => {
    const verdict = topic(['canary', '1', 'canary'], ofShare).verdict(always);
    expect(verdict).toEqual({ ...NONE, ofCanary: 2, fallbacks: 1 });
  });

  it('begins and stops once', () => {
    const seen = ['1', '1', '1', '1', 'canary', 'canary', '1', '1', '1'];
    expect(topic(seen, ofShare).verdict(stopping)).toEqual({ ...NONE, clean: 1, ofCanary: 2 });
    const again = ['1', '1', '1', '1', 'canary', '1', 'canary', '1', '1'];
    expect(topic(again, ofShare).verdict(stopping)).toMatchObject({ fallbacks: 1, unclean: 0 });
    const after = ['1', '1', '1', '1', 'canary', '1', '1', '1', 'canary'];
    expect(topic(after, ofShare).verdict(stopping).illegal).toBe(1);
  });

  it('keeps its keys when its share grows', () => {
    const more = { ...ONE, canary: { version: 'canary', percent: 50 } };
    const grown = historyOf(canary, more);
    const added = Array.from({ length: 200 }, (_, i) => `k${i}`).filter(
      (key) => inShare(key, 50) && !inShare(key, 20),
    );
    const keyOf = (offset: number): string => (offset === 5 ? SHARED[0]! : added[offset]!);
    const seen = ['1', '1', '1', '1', '1', 'canary', 'canary', 'canary', 'canary'];
    expect(topic(seen, keyOf).verdict(grown)).toMatchObject({ clean: 1, illegal: 0, fallbacks: 0 });
    const lost = ['1', '1', '1', '1', '1', '1', 'canary', 'canary', 'canary'];
    expect(topic(lost, keyOf).verdict(grown).fallbacks).toBe(1);
  });
});

describe('a challenger', () => {
  const history: History = { first: ONE, changes: [] };
  const isCanary = (version: string): boolean => version === 'canary';
  const compared = { champion: answer('1'), challenger: answer('3'), policy: 'p1' };

  it('is compared with what the output topic says', () => {
    const verdicts = topic(['1', '1']);
    verdicts.comparison(0, 0, compared, isCanary);
    expect(verdicts.verdict(history)).toEqual({ ...NONE, comparisons: 1 });
  });

  it('is compared with the champion where a canary decided', () => {
    const verdicts = topic(['canary', '1']);
    verdicts.comparison(0, 0, compared, isCanary);
    expect(verdicts.verdict(history).otherwise).toBe(0);
  });

  it('is compared once, with the right champion, and by the right policy', () => {
    const verdicts = topic(['1', '2', '1', '1']);
    verdicts.comparison(0, 0, compared, isCanary);
    verdicts.comparison(0, 0, compared, isCanary);
    verdicts.comparison(0, 1, compared, isCanary);
    verdicts.comparison(0, 2, { ...compared, policy: 'p2' }, isCanary);
    verdicts.comparison(0, 9, compared, isCanary);
    expect(verdicts.verdict(history)).toMatchObject({
      comparisons: 5,
      comparedTwice: 1,
      otherwise: 3,
    });
  });

  it('has scores of its own', () => {
    const verdicts = topic(['1']);
    const wrong = { ...answer('3'), score: answer('1').score };
    verdicts.comparison(0, 0, { ...compared, challenger: wrong }, isCanary);
    expect(verdicts.verdict(history).wrongScores).toBe(1);
  });
});
