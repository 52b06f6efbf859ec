import type { Shape, UnionShape } from './shape.ts';
import { timeFactor } from './time-unit.ts';

/**
 * Whether bytes of one shape are bytes of the other and mean the same: same structure, same names of symbols and of what a union tells apart by names,
 * same unit of a time and scale of a decimal; other names of types do not matter. Each pair of shapes is compared once.
 */
export function sameBytes(a: Shape, b: Shape): boolean {
  const seen = new Map<Shape, Set<Shape>>();
  const open: [Shape, Shape][] = [[a, b]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [left, right] = pair;
    if (left === right) continue;
    const known = seen.get(left) ?? new Set();
    if (known.has(right)) continue;
    seen.set(left, known.add(right));
    const inner = innerPairs(left, right);
    if (inner === undefined) return false;
    for (const one of inner) open.push(one);
  }
  return true;
}

/** What else has to be the same; undefined where the two differ already. */
function innerPairs(a: Shape, b: Shape): [Shape, Shape][] | undefined {
  if (a.kind === 'record' && b.kind === 'record') {
    if (a.fields.length !== b.fields.length || !a.fields.every(({ name }, i) => name === b.fields[i]!.name))
      return undefined;
    return a.fields.map(({ shape }, i) => [shape, b.fields[i]!.shape]);
  }
  if (a.kind === 'union' && b.kind === 'union') {
    if (a.branches.length !== b.branches.length) return undefined;
    const named = a.branches.every((branch, i) => alone(branch, a) || nameOf(branch) === nameOf(b.branches[i]!));
    return named ? a.branches.map((branch, i) => [branch, b.branches[i]!]) : undefined;
  }
  if (a.kind === 'array' && b.kind === 'array') return [[a.items, b.items]];
  if (a.kind === 'map' && b.kind === 'map') return [[a.values, b.values]];
  return sameValues(a, b) ? [] : undefined;
}

function sameValues(a: Shape, b: Shape): boolean {
  if (a.kind === 'enum' && b.kind === 'enum') {
    return a.symbols.length === b.symbols.length && a.symbols.every((symbol, i) => symbol === b.symbols[i]);
  }
  if (a.kind === 'fixed' && b.kind === 'fixed') return a.size === b.size && a.scale === b.scale;
  return a.kind === b.kind && a.scale === b.scale && timeFactor(a, b) === 1;
}

/** Whether the union has no other branch of that kind: then it is the place that counts. */
const alone = (branch: Shape, { branches }: UnionShape): boolean =>
  branches.filter(({ kind }) => kind === branch.kind).length === 1;

const nameOf = (shape: Shape): string => ('name' in shape ? shape.name : shape.kind);
