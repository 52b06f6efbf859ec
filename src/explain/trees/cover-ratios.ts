import type { Ensemble, Tree } from '../../onnx/trees/tree-ensemble.ts';
import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import { ifHolds, isEqualTest } from './equal-tests.ts';

/** By test of a tree: which share of its cover goes where it holds, and where not. */
export interface CoverRatios {
  readonly yes: Float64Array;
  readonly no: Float64Array;
}

/** How far the covers of two successors may be from that of their test: both are rounded. */
const ROUNDED = 0.01;

/**
 * The shares of all trees. Throws `UnsupportedTrees` if the numbers in the file cannot be covers:
 * those of two successors add up to that of their test.
 */
export function coverRatios({ trees }: Ensemble): readonly CoverRatios[] {
  return trees.map(ratiosOf);
}

function ratiosOf(tree: Tree, number: number): CoverRatios {
  const { covers, no } = tree;
  const count = tree.features.length;
  const ratios = { yes: new Float64Array(count), no: new Float64Array(count) };
  if (count === 0) return ratios;
  if (covers === undefined) throw new UnsupportedTrees('they have no covers');
  const coverOf = (reference: number): number =>
    reference < 0 ? covers.leaves[~reference]! : covers.tests[reference]!;
  for (let test = 0; test < count; test++) {
    const cover = covers.tests[test]!;
    const [held, failed] = [coverOf(ifHolds(tree, test)), coverOf(no[test]!)];
    const isCover =
      cover > 0 && held >= 0 && failed >= 0 && Math.abs(held + failed - cover) <= ROUNDED * cover;
    if (!isCover)
      throw new UnsupportedTrees(
        `the covers of tree ${number} do not add up: ${held} and ${failed} below a test with ${cover}`,
      );
    ratios.yes[test] = held / cover;
    ratios.no[test] = failed / cover;
    // The second of two tests that were one in the file has no cover of its own.
    if (isEqualTest(tree, test)) test++;
  }
  return ratios;
}
