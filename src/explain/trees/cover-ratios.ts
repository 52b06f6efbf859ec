import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import type { Steps } from './steps.ts';

/** By step of a tree: which share of its cover goes where it holds, and where not. */
export interface CoverRatios {
  readonly held: Float64Array;
  readonly failed: Float64Array;
}

/** How far the covers of two successors may be from that of their step: all are rounded. */
const ROUNDED = 0.01;

/**
 * The shares of a tree. Throws `UnsupportedTrees` if the numbers in the file cannot be covers:
 * those of two successors add up to that of their step.
 */
export function coverRatios({ tree, held, failed }: Steps, number: number): CoverRatios {
  const { covers } = tree;
  const count = tree.features.length;
  const ratios = { held: new Float64Array(count), failed: new Float64Array(count) };
  if (count === 0) return ratios;
  if (covers === undefined) throw new UnsupportedTrees('they have no covers');
  const coverOf = (reference: number): number =>
    reference < 0 ? covers.leaves[~reference]! : covers.tests[reference]!;
  // Only what a path leads to: the tests inside of a step have no cover that counts.
  const isMet = new Uint8Array(count);
  const ahead = [tree.root];
  for (let test = ahead.pop(); test !== undefined; test = ahead.pop()) {
    if (test < 0 || isMet[test] === 1) continue;
    isMet[test] = 1;
    ahead.push(held[test]!, failed[test]!);
    const cover = covers.tests[test]!;
    const [yes, no] = [coverOf(held[test]!), coverOf(failed[test]!)];
    const isCover = cover > 0 && yes >= 0 && no >= 0;
    if (!isCover || Math.abs(yes + no - cover) > ROUNDED * cover)
      throw new UnsupportedTrees(
        `the covers of tree ${number} do not add up: ${yes} and ${no} below a test with ${cover}`,
      );
    ratios.held[test] = yes / cover;
    ratios.failed[test] = no / cover;
  }
  return ratios;
}
