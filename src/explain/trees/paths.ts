import { atMost, both, either, not, type Condition } from './condition.ts';
import type { CoverRatios } from './cover-ratios.ts';
import { continues, type Steps } from './steps.ts';
import type { Thresholds } from './thresholds.ts';

/** A way to a leaf, as one condition for each feature that it tests. */
export interface Path {
  /** What the leaf adds. */
  readonly value: number;
  /** Different features. */
  readonly features: readonly number[];
  readonly conditions: readonly Condition[];
  /** By feature: the product of its cover ratios; all 1 without covers. */
  readonly shares: readonly number[];
}

interface Asked {
  readonly feature: number;
  readonly condition: Condition;
  readonly share: number;
}

/**
 * The paths of a tree, in the order of a walk. Those that add nothing are left out: of the value
 * zero, or where neither a known nor an unknown value leads. Undefined if there are more than
 * `limit`.
 */
export function pathsOf(
  steps: Steps,
  values: Float32Array,
  ratios: CoverRatios | undefined,
  thresholds: Thresholds,
  limit: number,
): readonly Path[] | undefined {
  const { tree, held, failed } = steps;
  const paths: Path[] = [];
  const walk = (reference: number, asked: readonly Asked[]): boolean => {
    if (reference < 0) {
      const value = values[~reference]!;
      if (value === 0 || asked.length === 0) return true;
      if (paths.length === limit) return false;
      paths.push({
        value,
        features: asked.map(({ feature }) => feature),
        conditions: asked.map(({ condition }) => condition),
        shares: asked.map(({ share }) => share),
      });
      return true;
    }
    const feature = tree.features[reference]!;
    const at = asked.findIndex((one) => one.feature === feature);
    const condition = conditionOf(steps, reference, thresholds);
    const go = (next: number, asks: Condition, ratio: number): boolean => {
      const before = asked[at];
      const merged = before === undefined ? asks : both(before.condition, asks);
      const share = (before?.share ?? 1) * ratio;
      const isNever = !merged.start && merged.turns.length === 0 && !merged.nan;
      if (isNever && (ratios === undefined || share === 0)) return true;
      const one = { feature, condition: merged, share };
      return walk(next, before === undefined ? [...asked, one] : asked.with(at, one));
    };
    return (
      go(held[reference]!, condition, ratios?.held[reference] ?? 1) &&
      go(failed[reference]!, not(condition), ratios?.failed[reference] ?? 1)
    );
  };
  return walk(tree.root, []) ? paths : undefined;
}

/** What a step asks of its feature to hold. */
function conditionOf(steps: Steps, step: number, thresholds: Thresholds): Condition {
  const { tree, isSet } = steps;
  const test = (number: number): Condition =>
    atMost(
      thresholds.indexOf(tree.features[number]!, tree.thresholds[number]!),
      tree.nanPasses[number] === 1,
    );
  if (isSet[step] === 0) return test(step);
  const equal = (number: number): Condition => both(test(number), not(test(number + 1)));
  let all = equal(step);
  for (let one = step; continues(steps, one);) {
    one = tree.no[one]!;
    all = either(all, equal(one));
  }
  return all;
}
