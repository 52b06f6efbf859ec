import { normalDensity, normalQuantile } from './normal.ts';
import { MISSING, sharesOf, type Slots } from './reference.ts';
import { errorsOfAll, errorsOfHour } from './small-profile.ts';

/** The ways in which a series may have changed, and the evidence of a block for each of them. */
export interface Alternatives {
  /** What has changed, for people. */
  readonly names: readonly string[];
  /** The part of each in the mean of all; they add up to 1. */
  readonly weights: Float64Array;
  /** Scores of the slots. Their sum over the events of a block is a statistic. */
  readonly scores: readonly Float64Array[];
  /** The statistic of each alternative: the events in a slot, or after the slots, one of `scores`. */
  readonly statistic: Int32Array;
  /** The ln of the likelihood ratio of a block: slope · statistic − perEvent · events. */
  readonly slope: Float64Array;
  readonly perEvent: Float64Array;
}

export interface AlternativesOptions {
  /** Changes of less than half of it are no drift. */
  readonly effect: number;
  /** The reference, where it is that of one hour; default: that of all. */
  readonly counts?: readonly number[];
}

/** How far beyond what is tolerated: in standard deviations, or in Cohen's h of a share. */
const BEYOND = [0.05, 0.1, 0.25, 0.5, 1];
const SPREAD_BEYOND = [0.05, 0.1, 0.25, 0.5];
const SHARE_BEYOND = [0.05, 0.1, 0.25, 0.5, 1];
const SHARE_BELOW = [0.1, 0.25];
/**
 * What a series is tested against. Each alternative is a ratio of two likelihoods: a change beyond
 * what is tolerated, over the largest change that is tolerated. In these families (exponential
 * tilts and shares) the expectation of the ratio is at most 1 for every smaller change, too. The
 * alternatives of an hour are the same ones in the same order.
 */
export function alternativesOf(
  slots: Slots,
  { effect, counts = slots.counts }: AlternativesOptions,
): Alternatives {
  const shares = sharesOf(counts);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const errors = counts === slots.counts ? errorsOfAll(rows) : errorsOfHour(rows);
  const tolerated = (variance: number): number =>
    Math.max(effect / 2, errors / Math.sqrt(rows * variance));
  const groups: Group[] = [];
  const scores: Float64Array[] = [];
  // A constant has no scale on which it could be higher, or spread: its values leave its only slot.
  const used = slots.ordered.filter((slot) => slots.counts[slot]! > 0);
  if (used.length > 1) {
    const { place, spread } = normalScores(slots, shares);
    const tilted = (
      part: number,
      own: Float64Array,
      beyond: readonly number[],
      names: readonly [string, string],
    ): void => {
      const statistic = shares.length + scores.push(own) - 1;
      const members = tilts(shares, own, beyond, tolerated, names);
      groups.push({ part, members: members.map((draft) => ({ ...draft, statistic })) });
    };
    tilted(5, place, BEYOND, ['higher', 'lower']);
    tilted(1.5, spread, SPREAD_BEYOND, ['more spread', 'less spread']);
  }
  const shareOf = (slot: number): Draft[] =>
    shareChanges(slots, shares[slot]!, slot, tolerated(1)).map((draft) => ({
      ...draft,
      statistic: slot,
    }));
  const all = slots.names.map((_, slot) => slot);
  const rare = all.filter((slot) => slot !== MISSING && slots.counts[slot] === 0);
  const others = all.filter((slot) => slot !== MISSING && slots.counts[slot] !== 0);
  groups.push({ part: 1, members: shareOf(MISSING) });
  groups.push({ part: 1, members: rare.flatMap(shareOf) });
  // With one slot, its share only changes together with those above.
  if (others.length > 1)
    groups.push({ part: slots.kind === 'numeric' ? 1.5 : 6, members: others.flatMap(shareOf) });
  const whole = groups.reduce((sum, { part }) => sum + part, 0);
  const drafts = groups.flatMap(({ part, members }) =>
    members.map((draft) => ({ ...draft, weight: part / whole / members.length })),
  );
  return {
    names: drafts.map(({ name }) => name),
    weights: Float64Array.from(drafts, ({ weight }) => weight),
    scores,
    statistic: Int32Array.from(drafts, ({ statistic }) => statistic),
    slope: Float64Array.from(drafts, ({ slope }) => slope),
    perEvent: Float64Array.from(drafts, ({ perEvent }) => perEvent),
  };
}

interface Ratio {
  readonly name: string;
  readonly slope: number;
  readonly perEvent: number;
}

type Draft = Ratio & { readonly statistic: number };

interface Group {
  readonly part: number;
  readonly members: readonly Draft[];
}

/** The place of each slot on a normal scale, and how far out it is; 0 where it has no order. */
function normalScores({ ordered }: Slots, shares: Float64Array) {
  const place = new Float64Array(shares.length);
  const spread = new Float64Array(shares.length);
  const total = ordered.reduce((sum, slot) => sum + shares[slot]!, 0);
  let below = 0;
  ordered.forEach((slot, i) => {
    const share = shares[slot]! / total;
    const from = normalQuantile(below);
    below += share;
    const to = i === ordered.length - 1 ? Infinity : normalQuantile(below);
    place[slot] = (normalDensity(from) - normalDensity(to)) / share;
    spread[slot] = (moment(from) - moment(to)) / share;
  });
  return { place, spread };
}

const moment = (z: number): number => (Number.isFinite(z) ? z * normalDensity(z) : 0);

/** A series whose slots say next to nothing about a change of this kind is not tested for it. */
const LEAST_VARIANCE = 1e-3;

/** Changes of a mean by exponential tilt: q ∝ p·exp(θ·s). */
function tilts(
  shares: Float64Array,
  scores: Float64Array,
  beyond: readonly number[],
  tolerated: (variance: number) => number,
  [up, down]: readonly [string, string],
): Ratio[] {
  const mean = shares.reduce((sum, share, i) => sum + share * scores[i]!, 0);
  const variance = shares.reduce((sum, share, i) => sum + share * (scores[i]! - mean) ** 2, 0);
  if (variance < LEAST_VARIANCE) return beyond.flatMap(() => [never(up), never(down)]);
  const least = tolerated(variance);
  const normaliser = (theta: number): number =>
    Math.log(shares.reduce((sum, share, i) => sum + share * Math.exp(theta * scores[i]!), 0));
  const tilt = (name: string, from: number, to: number): Ratio => ({
    name,
    slope: to - from,
    perEvent: normaliser(to) - normaliser(from),
  });
  return beyond.flatMap((more) => [
    tilt(up, least, least + more),
    tilt(down, -least, -least - more),
  ]);
}

/** A slot has a larger or a smaller share. Distances are Cohen's h: 2·asin(√p) − 2·asin(√q). */
function shareChanges(
  { names, counts }: Slots,
  share: number,
  slot: number,
  least: number,
): Ratio[] {
  const angle = 2 * Math.asin(Math.sqrt(share));
  const change = (name: string, from: number, to: number): Ratio => {
    const [p, q] = [shareAt(angle + from), shareAt(angle + to)];
    const elsewhere = Math.log((1 - q) / (1 - p));
    return { name, slope: Math.log(q / p) - elsewhere, perEvent: -elsewhere };
  };
  const [more, less] = [`more ${names[slot]}`, `less ${names[slot]}`];
  const up = SHARE_BEYOND.map((beyond) =>
    angle + least + beyond < Math.PI ? change(more, least, least + beyond) : never(more),
  );
  const down = SHARE_BELOW.map((beyond) =>
    angle - least - beyond > 0 ? change(less, -least, -least - beyond) : never(less),
  );
  return counts[slot] === 0 ? up : [...up, ...down];
}

const shareAt = (angle: number): number => Math.sin(angle / 2) ** 2;

/** An alternative that does not exist for this reference: there is never evidence for it. */
const never = (name: string): Ratio => ({ name, slope: 0, perEvent: 1 });
