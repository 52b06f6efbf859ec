import type { Comparison, Typed } from '../cel/typed.ts';
import { SAFE } from '../columns/vector.ts';

/**
 * Something that is cheap to ask of a row. Where no clue of a condition is found, the condition is
 * false for certain: it neither holds nor fails.
 *
 * - `text`: the field may be one of these strings, or it has an error;
 * - `atLeast`, `atMost`: the number is within the limit, or it has no value;
 * - `segment`: the segment is one of these (its place plus 1; 0: none);
 * - `column`: the part holds or fails, as the columns say.
 *
 * `node`: the part of the condition. `guarded`: the condition asks has() of the field, so a row
 * without a value is no clue.
 */
export type Clue = { readonly node: Typed } & (
  | {
      readonly is: 'text';
      readonly slot: number;
      readonly values: readonly string[];
      readonly guarded: boolean;
    }
  | {
      readonly is: 'atLeast' | 'atMost';
      /** Undefined: the score. */
      readonly slot: number | undefined;
      readonly limit: number;
      readonly guarded: boolean;
    }
  | { readonly is: 'segment'; readonly places: readonly number[] }
  | { readonly is: 'column' }
);

export type ClueOf<Is extends Clue['is']> = Extract<Clue, { readonly is: Is }>;

/** Each is enough: the condition is false where none of its clues is found. */
export type Alternatives = readonly (readonly Clue[])[];

/** So many alternatives of a condition are looked at. */
const MAX_ALTERNATIVES = 16;

/**
 * What to look for where a condition may hold or fail. There is always an alternative. `segments`: the names
 * of all segments.
 */
export function cluesOf(
  node: Typed,
  segments: readonly string[],
  guards: ReadonlySet<number> = new Set(),
): Alternatives {
  switch (node.is) {
    case 'and': {
      // Where one side is false, the other one does not count, not even its error.
      const sides = operandsOf(node);
      const asked = sides.flatMap((side) => (side.is === 'has' ? [side.slot] : []));
      const inside = asked.length === 0 ? guards : new Set([...guards, ...asked]);
      const all = sides.flatMap((side) => cluesOf(side, segments, inside));
      return all.slice(0, MAX_ALTERNATIVES);
    }
    case 'or': {
      const [a, b] = [node.a, node.b].map((side) => cluesOf(side, segments, guards));
      const both = a!.flatMap((one) => b!.map((other) => [...one, ...other]));
      return both.slice(0, MAX_ALTERNATIVES);
    }
    case 'compare':
      return [[equalClue(node, segments, guards) ?? limitClue(node, guards) ?? itself(node)]];
    case 'among':
      return [[amongClue(node, node.a, node.values, segments, guards) ?? itself(node)]];
    default:
      return [[itself(node)]];
  }
}

const itself = (node: Typed): Clue => ({ is: 'column', node });

/** The operands of nested `&&`. */
function operandsOf(node: Typed): Typed[] {
  return node.is === 'and' ? [...operandsOf(node.a), ...operandsOf(node.b)] : [node];
}

type Compared = Typed & { readonly is: 'compare' };
type Guards = ReadonlySet<number>;

function equalClue(node: Compared, segments: readonly string[], guards: Guards): Clue | undefined {
  const [side, other] = node.a.is === 'constant' ? [node.b, node.a] : [node.a, node.b];
  return node.by === '==' && other.is === 'constant'
    ? amongClue(node, side, [other.value], segments, guards)
    : undefined;
}

function amongClue(
  node: Typed,
  side: Typed,
  values: readonly unknown[],
  segments: readonly string[],
  guards: Guards,
): Clue | undefined {
  if (side.is === 'segment') {
    const names = [null, ...segments];
    const places = names.flatMap((name, place) => (values.includes(name) ? [place] : []));
    return { is: 'segment', places, node };
  }
  if (side.is !== 'field' || side.type !== 'string') return undefined;
  const { slot } = side;
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length < values.length) return undefined;
  return { is: 'text', slot, values: texts, guarded: guards.has(slot), node };
}

/** On which side of a limit a number has to be. */
const SIDES: Readonly<Partial<Record<Comparison, 'atLeast' | 'atMost'>>> = {
  '>': 'atLeast',
  '>=': 'atLeast',
  '<': 'atMost',
  '<=': 'atMost',
};
const TURNED = { atLeast: 'atMost', atMost: 'atLeast' } as const;

/** The limit itself may be on the wrong side of a comparison of doubles; a clue may be found too often. */
function limitClue(node: Compared, guards: Guards): Clue | undefined {
  const { by, a, b } = node;
  const [number, constant] = a.is === 'constant' ? [b, a] : [a, b];
  if (constant.is !== 'constant' || (number.is !== 'score' && number.is !== 'field'))
    return undefined;
  const side = SIDES[by];
  const { value } = constant;
  if (side === undefined || (typeof value !== 'number' && !isSafe(value))) return undefined;
  const is = constant === a ? TURNED[side] : side;
  const isInside = number.type === 'int' && typeof value === 'bigint' && by.length === 1;
  const limit = Number(value) + (isInside ? (is === 'atLeast' ? 1 : -1) : 0);
  const slot = number.is === 'field' ? number.slot : undefined;
  return { is, slot, limit, guarded: slot !== undefined && guards.has(slot), node };
}

/** A double that is rounded is still on the same side of such an integer. */
const isSafe = (value: unknown): value is bigint =>
  typeof value === 'bigint' && value <= BigInt(SAFE) && value >= -BigInt(SAFE);
