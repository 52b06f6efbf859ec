import { nextBelow } from './next-float.ts';
import { UnsupportedTrees } from './unsupported.ts';
import { readNodes, type Nodes } from './nodes.ts';
import type { EnsembleNode } from './protobuf-ensemble.ts';
import { readWeights, type Leaves } from './weights.ts';

/**
 * A tree of tests `value <= threshold`. A reference to what follows is the number of an inner node,
 * or a leaf's number with its bits turned (`~leaf`). Leaves are numbered as they are met, true side
 * first; inner nodes in front of what follows them.
 */
export interface Tree extends Leaves {
  readonly features: Int32Array;
  /** Finite, or minus infinity. */
  readonly thresholds: Float32Array;
  /** 1 where a value that is NaN passes. */
  readonly nanPasses: Uint8Array;
  readonly yes: Int32Array;
  readonly no: Int32Array;
  readonly root: number;
  readonly leaves: number;
  /** Tests on the longest way to a leaf. */
  readonly depth: number;
  /** Whether two ways lead to one node, as where many categories go the same way. */
  readonly shared: boolean;
  /** Only where they were asked for and the file says them. */
  readonly covers?: Covers;
}

/** How much of the training data came by, in any unit. */
export interface Covers {
  /** By test; NaN where one test of the file became two, and this is the second. */
  readonly tests: Float32Array;
  readonly leaves: Float32Array;
}

export interface Ensemble {
  readonly trees: readonly Tree[];
  /** Highest number of a feature. */
  readonly lastFeature: number;
}

/**
 * Nodes of an ensemble that is compiled: beyond them, what compiling takes is felt at the start,
 * and in memory.
 */
const MAX_NODES = 2_000_000;

/**
 * Tests on the longest way: a row that is walked down takes as many steps, however soon it is at
 * its leaf.
 */
const MAX_DEPTH = 128;

/**
 * The trees of an ONNX ensemble in one form, whatever tests its exporter wrote (`<=`, `<`, `>`,
 * `>=`, `=`, `≠`). Trees keep their order: sums of single precision depend on it. Throws
 * `UnsupportedTrees`, for what is too large before it reads that.
 */
export function readEnsemble(node: EnsembleNode, { covers = false } = {}): Ensemble {
  checkCount(node);
  const nodes = readNodes(node);
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

/** Many exporters write the same number for all nodes, which says nothing. */
function hitRatesOf(node: EnsembleNode): Float32Array | undefined {
  const rates = node.floats('nodes_hitrates');
  const isWhole = rates.length === node.count('nodes_treeids');
  return isWhole && rates.some((rate) => rate !== rates[0]) ? rates : undefined;
}

/** Throws `UnsupportedTrees` where there are too many nodes; quick. */
export function checkCount(node: EnsembleNode): void {
  const count = node.count('nodes_treeids');
  if (count > MAX_NODES)
    throw new UnsupportedTrees(`they have ${count} nodes; at most ${MAX_NODES} are compiled`);
}

const UNSEEN = 0x7fff_ffff;
const OPEN = 0x7fff_fffe;
const NONE = -1;

/** Makes one tree of its nodes. */
class Grower {
  readonly #nodes: Nodes;
  readonly #tree: number;
  readonly #start: number;
  /** By node: what refers to it. */
  readonly #references: Int32Array;
  readonly #depths: Int32Array;
  readonly #features: number[] = [];
  readonly #thresholds: number[] = [];
  readonly #nanPasses: number[] = [];
  readonly #yes: number[] = [];
  readonly #no: number[] = [];
  readonly #order: number[] = [];
  /** By test: its node; a second test of a node has none. */
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
    // `value = t` is `value <= t`, and not `value <= what is next below t`; both lead to the same
    // where it does not hold.
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
