import type { Shape } from './shape.ts';
import { timeFactor } from './time-unit.ts';

/**
 * Whether bytes of one shape are bytes of the other and mean the same: same structure, same names of symbols, same unit of a
 * time and scale of a decimal; names of types do not matter.
 */
export function sameBytes(a: Shape, b: Shape, open: ReadonlyMap<Shape, Shape> = new Map()): boolean {
  if (a === b || open.get(a) === b) return true;
  const next = new Map(open).set(a, b);
  const all = (left: readonly Shape[], right: readonly Shape[]): boolean =>
    left.length === right.length && left.every((shape, i) => sameBytes(shape, right[i]!, next));
  if (a.kind === 'record' && b.kind === 'record') {
    const names = a.fields.every((field, i) => field.name === b.fields[i]?.name);
    return names && all(a.fields.map((f) => f.shape), b.fields.map((f) => f.shape)); // prettier-ignore
  }
  if (a.kind === 'enum' && b.kind === 'enum') return a.symbols.join() === b.symbols.join();
  if (a.kind === 'fixed' && b.kind === 'fixed') return a.size === b.size && a.scale === b.scale;
  if (a.kind === 'array' && b.kind === 'array') return all([a.items], [b.items]);
  if (a.kind === 'map' && b.kind === 'map') return all([a.values], [b.values]);
  if (a.kind === 'union' && b.kind === 'union') return all(a.branches, b.branches);
  return a.kind === b.kind && a.scale === b.scale && timeFactor(a, b) === 1;
}
