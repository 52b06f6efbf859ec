import type { EnsembleNode } from './protobuf-ensemble.ts';
import { NotCompiled } from './not-compiled.ts';

/** What one feature is compared with: tests `value <= threshold`, NaN passing all of them or none. */
export interface Column {
  readonly feature: number;
  readonly nanPasses: boolean;
  /** Ascending, 1 to 255 of them, float32. */
  readonly thresholds: Float32Array;
}

/** An inner node: where the test fails, the leaves `from` to `to` (not with it) cannot be reached. */
export interface Split {
  readonly column: number;
  /** Index among the column's thresholds. */
  readonly threshold: number;
  readonly from: number;
  readonly to: number;
}

export interface Tree {
  readonly splits: readonly Split[];
  readonly leaves: number;
  /** For each target that the tree adds to, what each leaf adds; leaves in their order, true side first. */
  readonly values: ReadonlyMap<number, Float32Array>;
  /** Targets that every leaf adds to: ONNX Runtime treats a target apart that no leaf of a row added to. */
  readonly always: ReadonlySet<number>;
}

export interface Ensemble {
  readonly columns: readonly Column[];
  readonly trees: readonly Tree[];
  /** Highest number of a feature. */
  readonly lastFeature: number;
}

/** Beyond this, sets of leaves become long, and walking a tree is not slower than taking leaves out. */
export const MOST_LEAVES = 128;

/** What fits into a byte, as a rank. */
const MOST_THRESHOLDS = 255;

/** A node's test, turned so that it reads `value <= threshold`. */
interface Test {
  readonly feature: number;
  readonly threshold: number;
  readonly nanPasses: boolean;
  readonly yes: number;
  readonly no: number;
}

interface RawTree {
  readonly splits: readonly { readonly test: Test; readonly from: number; readonly to: number }[];
  /** Indexes of the leaves' nodes. */
  readonly leaves: readonly number[];
}

/**
 * The trees of an ONNX ensemble in one form, whatever tests its exporter wrote (`<=`, `<`, `>`, `>=`). Trees keep their
 * order: sums of single precision depend on it. Throws `NotCompiled`.
 */
export function readEnsemble(node: EnsembleNode): Ensemble {
  const nodes = new Nodes(node);
  const raw = nodes.roots.map((root) => nodes.tree(root));
  const tests = raw.flatMap(({ splits }) => splits.map(({ test }) => test));
  const columns = new Columns(tests);
  const weights = new Weights(node);
  const ensemble = {
    columns: columns.all,
    trees: raw.map(({ splits, leaves }) => ({
      splits: splits.map(({ test, from, to }) => ({ ...columns.find(test), from, to })),
      leaves: leaves.length,
      ...weights.of(leaves.map((leaf) => nodes.key(leaf))),
    })),
    lastFeature: tests.reduce((last, { feature }) => Math.max(last, feature), 0),
  };
  weights.allUsed();
  return ensemble;
}

class Nodes {
  readonly roots: readonly number[];
  readonly #node: EnsembleNode;
  readonly #trees: readonly number[];
  readonly #ids: readonly number[];
  readonly #index: ReadonlyMap<string, number>;

  constructor(node: EnsembleNode) {
    this.#node = node;
    this.#trees = node.ints('nodes_treeids');
    this.#ids = node.ints('nodes_nodeids');
    this.#index = new Map(this.#ids.map((_, index) => [this.key(index), index]));
    this.roots = [...this.#trees.keys()].filter((index) => index === 0 || this.#trees[index] !== this.#trees[index - 1]); // prettier-ignore
    if (this.roots.length === 0) throw new NotCompiled('there are none');
    if (new Set(this.#trees).size !== this.roots.length) throw new NotCompiled('their nodes are mixed');
  }

  key(index: number): string {
    return `${this.#trees[index]}:${this.#ids[index]}`;
  }

  tree(root: number): RawTree {
    const splits: { test: Test; from: number; to: number }[] = [];
    const leaves: number[] = [];
    const visit = (index: number): void => {
      const test = this.#test(index);
      if (test === undefined) {
        leaves.push(index);
        return;
      }
      // Also what ends a tree that leads back into itself.
      if (splits.length >= MOST_LEAVES) throw new NotCompiled(`one has more than ${MOST_LEAVES} leaves`);
      const split = { test, from: leaves.length, to: 0 };
      splits.push(split);
      visit(test.yes);
      split.to = leaves.length;
      visit(test.no);
    };
    visit(root);
    if (leaves.length > MOST_LEAVES) throw new NotCompiled(`one has more than ${MOST_LEAVES} leaves`);
    return { splits, leaves };
  }

  #test(index: number): Test | undefined {
    const mode = this.#node.texts('nodes_modes')[index];
    if (mode === 'LEAF') return undefined;
    const feature = this.#node.ints('nodes_featureids')[index];
    const value = this.#node.floats('nodes_values')[index];
    const yes = this.#index.get(`${this.#trees[index]}:${this.#node.ints('nodes_truenodeids')[index]}`);
    const no = this.#index.get(`${this.#trees[index]}:${this.#node.ints('nodes_falsenodeids')[index]}`);
    if (feature === undefined || value === undefined || yes === undefined || no === undefined || feature < 0) throw new NotCompiled('they are not whole'); // prettier-ignore
    if (!Number.isFinite(value)) throw new NotCompiled('they compare with a number that is not finite');
    const missing = this.#node.ints('nodes_missing_value_tracks_true')[index] === 1;
    switch (mode) {
      case 'BRANCH_LEQ':
        return { feature, threshold: value, nanPasses: missing, yes, no };
      case 'BRANCH_LT':
        return { feature, threshold: before(value), nanPasses: missing, yes, no };
      case 'BRANCH_GT':
        return { feature, threshold: value, nanPasses: !missing, yes: no, no: yes };
      case 'BRANCH_GTE':
        return { feature, threshold: before(value), nanPasses: !missing, yes: no, no: yes };
      default:
        throw new NotCompiled(`they have tests of another kind (${mode ?? 'none'})`);
    }
  }
}

/** The next float32 below: what is less than a number is at most the one before it. */
function before(value: number): number {
  const float = new Float32Array([value]);
  const bits = new Int32Array(float.buffer);
  if (float[0] === 0) bits[0] = 0x8000_0001 | 0;
  else bits[0] = bits[0]! + (float[0]! > 0 ? -1 : 1);
  return float[0]!;
}

class Columns {
  readonly all: Column[] = [];
  readonly #places = new Map<string, ReadonlyMap<number, { readonly column: number; readonly threshold: number }>>();

  constructor(tests: readonly Test[]) {
    const groups = new Map<string, Test[]>();
    for (const test of tests) {
      const group = groups.get(keyOf(test));
      if (group === undefined) groups.set(keyOf(test), [test]);
      else group.push(test);
    }
    for (const [key, group] of groups) {
      const { feature, nanPasses } = group[0]!;
      const sorted = Float32Array.from(new Set(group.map(({ threshold }) => threshold))).sort();
      const places = new Map<number, { column: number; threshold: number }>();
      for (let start = 0; start < sorted.length; start += MOST_THRESHOLDS) {
        const thresholds = sorted.subarray(start, start + MOST_THRESHOLDS);
        for (const [threshold, value] of thresholds.entries())
          places.set(value, { column: this.all.length, threshold });
        this.all.push({ feature, nanPasses, thresholds });
      }
      this.#places.set(key, places);
    }
  }

  find(test: Test): { readonly column: number; readonly threshold: number } {
    return this.#places.get(keyOf(test))!.get(test.threshold)!;
  }
}

function keyOf({ feature, nanPasses }: Test): string {
  return `${feature}:${nanPasses}`;
}

class Weights {
  /** By leaf: target and weight. */
  readonly #byLeaf = new Map<string, [target: number, weight: number][]>();
  readonly #unused: Set<string>;

  constructor(node: EnsembleNode) {
    const kind = node.classifier ? 'class' : 'target';
    const [trees, nodes, targets] = [`${kind}_treeids`, `${kind}_nodeids`, `${kind}_ids`].map((name) => node.ints(name)) as [number[], number[], number[]]; // prettier-ignore
    for (const [i, weight] of node.floats(`${kind}_weights`).entries()) {
      const key = `${trees[i]}:${nodes[i]}`;
      const entry: [number, number] = [targets[i]!, weight];
      const others = this.#byLeaf.get(key);
      if (others?.some(([target]) => target === entry[0]) === true) throw new NotCompiled('a leaf adds to one target twice'); // prettier-ignore
      if (others === undefined) this.#byLeaf.set(key, [entry]);
      else others.push(entry);
    }
    this.#unused = new Set(this.#byLeaf.keys());
  }

  /** Throws where a weight belongs to no leaf: it adds nothing, but may say which classes there are. */
  allUsed(): void {
    if (this.#unused.size > 0) throw new NotCompiled('there are weights that belong to no leaf');
  }

  of(leaves: readonly string[]): Pick<Tree, 'values' | 'always'> {
    const values = new Map<number, Float32Array>();
    const counts = new Map<number, number>();
    for (const [leaf, key] of leaves.entries()) {
      const entries = this.#byLeaf.get(key);
      this.#unused.delete(key);
      if (entries === undefined) throw new NotCompiled('a leaf adds nothing');
      for (const [target, weight] of entries) {
        let column = values.get(target);
        if (column === undefined) values.set(target, (column = new Float32Array(leaves.length)));
        column[leaf] = weight;
        counts.set(target, (counts.get(target) ?? 0) + 1);
      }
    }
    const always = new Set([...values.keys()].filter((target) => counts.get(target) === leaves.length));
    return { values, always };
  }
}
