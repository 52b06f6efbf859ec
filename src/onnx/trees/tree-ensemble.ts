import { nextBelow } from './next-float.ts';
import { UnsupportedTrees } from './unsupported.ts';
import { readNodes, type Nodes } from './nodes.ts';
import type { EnsembleNode } from './protobuf-ensemble.ts';
import { readWeights, type Leaves } from './weights.ts';

/**
 * A tree of tests `value <= threshold`. A reference to a successor is the number of an inner node,
 * or the inverted number of a leaf (`~leaf`). Leaves are numbered in the order of a walk that takes
 * the true side first. Inner nodes are numbered in the same walk, before their successors.
 */
export interface Tree extends Leaves {
  readonly features: Int32Array;
  /** Finite, or minus infinity. */
  readonly thresholds: Float32Array;
  /** 1 if NaN passes. */
  readonly nanPasses: Uint8Array;
  readonly yes: Int32Array;
  readonly no: Int32Array;
  readonly root: number;
  readonly leaves: number;
  /** Number of tests on the longest path to a leaf. */
  readonly depth: number;
  /**
   * Whether two paths lead to one node, for example because many categories have the same result.
   */
  readonly shared: boolean;
  /** Only if requested and in the file. */
  readonly covers?: Covers;
}

/** How much of the training data passed through, in any unit. */
export interface Covers {
  /** By test. NaN for the second of two tests that one test of the file became. */
  readonly tests: Float32Array;
  readonly leaves: Float32Array;
}

export interface Ensemble {
  readonly trees: readonly Tree[];
  /** Highest number of a feature. */
  readonly lastFeature: number;
}

/**
 * Most nodes of an ensemble that is compiled. Beyond that, compiling takes noticeable time and
 * memory.
 */
const MAX_NODES = 2_000_000;

/**
 * Most tests on the longest path. Every row takes this many steps, however early it reaches its
 * leaf.
 */
const MAX_DEPTH = 128;

/**
 * The trees of an ONNX ensemble in one form, whatever tests its exporter wrote (`<=`, `<`, `>`,
 * `>=`, `=`, `≠`). Trees keep their order, because sums of single precision depend on it. Throws
 * `UnsupportedTrees`, for an ensemble that is too large before reading it.
 */
export function readEnsemble(
  node: EnsembleNode,
  { covers = false, infinite = false } = {},
): Ensemble {
  checkCount(node);
  const nodes = readNodes(node, { infinite });
  const weights = readWeights(node, nodes);
  const hitRates = covers ? hitRatesOf(node) : undefined;
  let lastFeature = 0;
  const trees = nodes.roots.map((_, tree) => {
    const { order, testNodes, ...grown } = new Grower(nodes, tree).grow();
    for (const feature of grown.features) lastFeature = Math.max(lastFeature, feature);
    const plain = { ...grown, leaves: order.length, ...weights.of(order) };
    if (hitRates === undefined) return plain;
    const rates = (indexes: readonly number[]): Float32Array =>
      Float32Array.from(indexes, (index) => hitRates[index] ?? NaN);
    return { ...plain, covers: { tests: rates(testNodes), leaves: rates(order) } };
  });
  weights.allUsed();
  return { trees, lastFeature };
}

/** Many exporters write the same number for all nodes, which has no meaning. */
function hitRatesOf(node: EnsembleNode): Float32Array | undefined {
  const rates = node.floats('nodes_hitrates');
  const isWhole = rates.length === node.count('nodes_treeids');
  return isWhole && rates.some((rate) => rate !== rates[0]) ? rates : undefined;
}

/** Throws `UnsupportedTrees` if there are too many nodes; fast. */
export function checkCount(node: EnsembleNode): void {
  const count = node.count('nodes_treeids');
  if (count > MAX_NODES)
    throw new UnsupportedTrees(`they have ${count} nodes; at most ${MAX_NODES} are compiled`);
}

const UNSEEN = 0x7fff_ffff;
const OPEN = 0x7fff_fffe;
const NONE = -1;

/** Builds one tree from its nodes. */
class Grower {
  readonly #nodes: Nodes;
  readonly #tree: number;
  readonly #start: number;
  /** By node: the reference to it. */
  readonly #references: Int32Array;
  readonly #depths: Int32Array;
  readonly #features: number[] = [];
  readonly #thresholds: number[] = [];
  readonly #nanPasses: number[] = [];
  readonly #yes: number[] = [];
  readonly #no: number[] = [];
  readonly #order: number[] = [];
  /** By test: its node; the second test of a node has none. */
  readonly #testNodes: number[] = [];
  #shared = false;

  constructor(nodes: Nodes, tree: number) {
    this.#nodes = nodes;
    this.#tree = tree;
    this.#start = nodes.roots[tree]!;
    const count = nodes.end(tree) - this.#start;
    this.#references = new Int32Array(count).fill(UNSEEN);
    this.#depths = new Int32Array(count);
  }

  grow() {
    const root = this.#visit(this.#start, 0);
    return {
      root,
      order: this.#order,
      testNodes: this.#testNodes,
      depth: this.#depths[0]!,
      shared: this.#shared,
      features: Int32Array.from(this.#features),
      thresholds: Float32Array.from(this.#thresholds),
      nanPasses: Uint8Array.from(this.#nanPasses),
      yes: Int32Array.from(this.#yes),
      no: Int32Array.from(this.#no),
    };
  }

  #visit(index: number, above: number): number {
    const at = index - this.#start;
    const known = this.#references[at]!;
    if (known === OPEN) throw new UnsupportedTrees('a tree contains a cycle');
    if (known !== UNSEEN) {
      this.#shared = true;
      return known;
    }
    if (above > MAX_DEPTH) throw new UnsupportedTrees(`a tree is deeper than ${MAX_DEPTH} tests`);
    this.#references[at] = OPEN;
    const test = this.#nodes.test(index, this.#tree);
    if (test === undefined) return (this.#references[at] = ~(this.#order.push(index) - 1));
    const { feature, threshold, nanPasses, equal, yes, no } = test;
    const number = this.#add(feature, threshold, nanPasses, index);
    // `value = t` means `value <= t` and not `value <= the next lower number`. Both tests lead to
    // the same node if it is false.
    const second = equal ? this.#add(feature, nextBelow(threshold), false, NONE) : number;
    const ifYes = this.#visit(yes, above + (equal ? 2 : 1));
    const ifNo = this.#visit(no, above + (equal ? 2 : 1));
    this.#yes[number] = equal ? second : ifYes;
    this.#no[number] = ifNo;
    if (equal) {
      this.#shared = true;
      this.#yes[second] = ifNo;
      this.#no[second] = ifYes;
    }
    const deeper = Math.max(this.#depths[yes - this.#start]!, this.#depths[no - this.#start]!);
    this.#depths[at] = deeper + (equal ? 2 : 1);
    if (this.#depths[at] > MAX_DEPTH)
      throw new UnsupportedTrees(`a tree is deeper than ${MAX_DEPTH} tests`);
    return (this.#references[at] = number);
  }

  #add(feature: number, threshold: number, nanPasses: boolean, node: number): number {
    this.#testNodes.push(node);
    this.#thresholds.push(threshold);
    this.#nanPasses.push(nanPasses ? 1 : 0);
    this.#yes.push(0);
    this.#no.push(0);
    return this.#features.push(feature) - 1;
  }
}
