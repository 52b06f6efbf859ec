import { nextBelow } from './next-float.ts';
import { UnsupportedTrees } from './unsupported.ts';
import type { EnsembleNode } from './protobuf-ensemble.ts';

/**
 * The test of a node in the form `value <= threshold` or `value = threshold`, with its successors
 * by index.
 */
export interface Test {
  readonly feature: number;
  readonly threshold: number;
  readonly equal: boolean;
  readonly nanPasses: boolean;
  readonly yes: number;
  readonly no: number;
}

/** The nodes of an ensemble by index. The nodes of a tree are adjacent. */
export interface Nodes {
  /** Index of the first node of each tree. */
  readonly roots: readonly number[];
  /** Index after the last node of a tree. */
  readonly end: (tree: number) => number;
  /** Undefined for a leaf. */
  readonly test: (index: number, tree: number) => Test | undefined;
  /** The index of a node, by its numbers in the file. */
  readonly find: (treeId: number, nodeId: number) => number | undefined;
}

const LEAF = 'LEAF';
const TESTS = new Set([
  'BRANCH_LEQ',
  'BRANCH_LT',
  'BRANCH_GT',
  'BRANCH_GTE',
  'BRANCH_EQ',
  'BRANCH_NEQ',
]);

/**
 * Throws `UnsupportedTrees` for tests of an unknown kind, and for tests with a number that is not
 * finite.
 */
export function checkTests(node: EnsembleNode): void {
  const { words, indexes } = node.words('nodes_modes');
  const unknown = words.find((word) => word !== LEAF && !TESTS.has(word));
  if (unknown !== undefined) throw otherKind(unknown);
  const leaf = words.indexOf(LEAF);
  const values = node.floats('nodes_values');
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]) && indexes[i] !== leaf) throw notFinite();
}

function otherKind(mode: string): UnsupportedTrees {
  return new UnsupportedTrees(`they have tests with the mode ${mode}`);
}

function notFinite(): UnsupportedTrees {
  return new UnsupportedTrees('they compare with a number that is not finite');
}

/**
 * Throws `UnsupportedTrees` if the nodes are not complete trees. `infinite`: tests `value <= ∞` are
 * taken, too. LightGBM writes them where only missing values part.
 */
export function readNodes(node: EnsembleNode, { infinite = false } = {}): Nodes {
  const [treeIds, ids, features, yes, no, missing] = [
    'treeids',
    'nodeids',
    'featureids',
    'truenodeids',
    'falsenodeids',
    'missing_value_tracks_true',
  ].map((name) => node.ints(`nodes_${name}`)) as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const values = node.floats('nodes_values');
  const { words, indexes: modes } = node.words('nodes_modes');
  if ([ids, features, yes, no, values, modes].some(({ length }) => length !== treeIds.length))
    throw new UnsupportedTrees('their nodes are not complete');
  const roots: number[] = [];
  for (let i = 0; i < treeIds.length; i++)
    if (i === 0 || treeIds[i] !== treeIds[i - 1]) roots.push(i);
  if (roots.length === 0) throw new UnsupportedTrees('the ensemble has no trees');
  const trees = new Map(roots.map((root, tree) => [treeIds[root]!, tree]));
  if (trees.size !== roots.length)
    throw new UnsupportedTrees('the nodes of several trees are mixed');
  const end = (tree: number): number => roots[tree + 1] ?? treeIds.length;
  const places = new Map<number, Map<number, number>>();

  /** Exporters number the nodes of a tree from 0. A map is created only if one does not. */
  const within = (tree: number, id: number): number | undefined => {
    const index = roots[tree]! + id;
    if (id >= 0 && index < end(tree) && ids[index] === id) return index;
    let map = places.get(tree);
    if (map === undefined) {
      map = new Map();
      for (let i = roots[tree]!; i < end(tree); i++) map.set(ids[i]!, i);
      places.set(tree, map);
    }
    return map.get(id);
  };

  return {
    roots,
    end,
    find: (treeId, nodeId) => {
      const tree = trees.get(treeId);
      return tree === undefined ? undefined : within(tree, nodeId);
    },
    test: (index, tree) => {
      const mode = words[modes[index]!]!;
      if (mode === LEAF) return undefined;
      const [feature, value] = [features[index]!, values[index]!];
      const [ifYes, ifNo] = [within(tree, yes[index]!), within(tree, no[index]!)];
      if (ifYes === undefined || ifNo === undefined || feature < 0)
        throw new UnsupportedTrees('their nodes are not complete');
      const isMissingTest = value === Infinity && (mode === 'BRANCH_LEQ' || mode === 'BRANCH_GT');
      if (!Number.isFinite(value) && !(infinite && isMissingTest)) throw notFinite();
      const tracks = missing[index] === 1;
      const straight = {
        feature,
        threshold: value,
        equal: false,
        nanPasses: tracks,
        yes: ifYes,
        no: ifNo,
      };
      const turned = {
        feature,
        threshold: value,
        equal: false,
        nanPasses: !tracks,
        yes: ifNo,
        no: ifYes,
      };
      switch (mode) {
        case 'BRANCH_LEQ':
          return straight;
        case 'BRANCH_LT':
          return { ...straight, threshold: nextBelow(value) };
        case 'BRANCH_GT':
          return turned;
        case 'BRANCH_GTE':
          return { ...turned, threshold: nextBelow(value) };
        case 'BRANCH_EQ':
          return { ...straight, equal: true };
        case 'BRANCH_NEQ':
          // NaN is not equal to anything, tracked or not.
          return { ...turned, equal: true, nanPasses: false };
        default:
          throw otherKind(mode);
      }
    },
  };
}
