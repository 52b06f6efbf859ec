import type { EventField, Typed } from '../cel/typed.ts';
import { OTHER_TYPE } from '../columns/vector.ts';
import type { Clue, ClueOf } from './clues.ts';
import { SegmentFlags } from './segment-flags.ts';
import { CLUE, TextBits, type BitTable } from './text-bits.ts';

/**
 * The code of a sift. Its names: `n3` the number, `b3` the bits and `s3` the state of the field at
 * place 3; `k0` what the columns say.
 */
export class SiftCode {
  readonly texts = new Map<number, TextBits>();
  readonly known: Typed[] = [];
  readonly #fields: readonly EventField[];
  readonly #numbers = new Set<number>();
  readonly #segments: readonly string[];
  readonly #clues: readonly string[];
  readonly #odd: readonly string[];
  readonly #lists: readonly string[];
  /** How many of `known` the segments ask for; they come first. */
  readonly ofSegments: number;

  constructor(
    fields: readonly EventField[],
    segments: readonly Typed[],
    clues: readonly Clue[],
    lists: number,
  ) {
    this.#fields = fields;
    this.#lists = Array.from({ length: lists }, (_, i) => `y${i}`);
    const flags = new SegmentFlags(fields, {
      number: (slot) => this.#number(slot),
      texts: (slot) => this.#text(slot),
      known: (node) => this.#known(node),
    });
    this.#segments = segments.map((condition) => flags.of(condition));
    this.#odd = flags.odd;
    this.ofSegments = this.known.length;
    this.#clues = joinedLimits(clues).map((clue) => this.#clue(clue));
  }

  source(tables: ReadonlyMap<number, BitTable>): string {
    const columns = new Set([...this.#numbers, ...tables.keys()]);
    const before = [
      ...this.known.map((_, i) => `const k${i} = known[${i}];`),
      ...this.#lists.map((list, i) => `const ${list} = lists[${i}];`),
      ...[...columns].map(
        (slot) => `const c${slot} = batch.column(${slot}), t${slot} = c${slot}.state;`,
      ),
      ...[...this.#numbers].map((slot) =>
        this.#isLong(slot)
          ? `const h${slot} = halvesOf(c${slot}.values);`
          : `const v${slot} = c${slot}.values;`,
      ),
      ...[...tables.keys()].map(
        (slot) =>
          `const p${slot} = c${slot}.places;
          const { hashes: x${slot}, lengths: l${slot}, bits: d${slot}, byState: e${slot} } = tables.get(${slot});`,
      ),
    ];
    const each = [
      ...[...columns].map((slot) => `const s${slot} = t${slot}[row];`),
      ...[...this.#numbers].map((slot) =>
        this.#isLong(slot)
          ? `const n${slot} = h${slot}[2 * row + 1] * ${2 ** 32} + (h${slot}[2 * row] >>> 0);`
          : `const n${slot} = v${slot}[row];`,
      ),
      ...[...tables].flatMap(([slot, table]) => bitsOf(slot, table)),
    ];
    const flags = this.#segments.map((flag, i) => `${flag} << ${i}`);
    const clues = [...new Set(this.#clues), ...this.#lists.map((list) => `${list}[row]`)];
    return `
      const table = first;
      return function sift(batch, open, { known, lists }, { rows: list, segmentOf }) {
        const { rows, score } = batch;
        ${before.join('\n')}
        const first = table;
        let count = 0, odd = 0;
        for (let row = 0; row < rows; row++) {
          ${each.join('\n')}
          const segment = ${flags.length === 0 ? '0' : `first[${flags.join(' | ')}]`};
          ${flags.length === 0 ? '' : 'segmentOf[row] = segment;'}
          const alive = open[row];
          list[count] = row;
          count += +((${clues.length === 0 ? '0' : clues.join(' | ')}) !== 0) & alive;
          ${this.#odd.length === 0 ? '' : `odd |= -alive & (${this.#odd.join(' | ')});`}
        }
        return odd !== 0 ? -1 : count;
      }`;
  }

  #isLong(slot: number): boolean {
    return this.#fields[slot]!.projected.as === 'long';
  }

  #number(slot: number): string {
    this.#numbers.add(slot);
    return `n${slot}`;
  }

  #text(slot: number): TextBits {
    const texts = this.texts.get(slot) ?? new TextBits();
    this.texts.set(slot, texts);
    return texts;
  }

  #known(node: Typed): string {
    return `k${this.known.push(node) - 1}[row]`;
  }

  #clue(clue: Clue): string {
    switch (clue.is) {
      case 'text':
        this.#text(clue.slot).addClue(clue.values, clue.guarded);
        return `(b${clue.slot} & ${CLUE})`;
      case 'atLeast':
      case 'atMost':
        return this.#limit(clue);
      case 'segment': {
        const places = clue.places.map((place) => `+(segment === ${place})`);
        return places.length === 0 ? '0' : `(${places.join(' | ')})`;
      }
      case 'column':
        return this.#known(clue.node);
    }
  }

  #limit({ is, slot, limit, guarded }: ClueOf<'atLeast' | 'atMost'>): string {
    const operator = is === 'atLeast' ? '>=' : '<=';
    if (slot === undefined) return `+(score[row] ${operator} ${limit})`;
    const isWithin = `+(${this.#number(slot)} ${operator} ${limit})`;
    return `(${isWithin} | +(s${slot} >= ${guarded ? OTHER_TYPE : 1}))`;
  }
}

/** The limits of a number in one direction are one clue: the widest of them. */
function joinedLimits(clues: readonly Clue[]): Clue[] {
  const limits = new Map<string, ClueOf<'atLeast' | 'atMost'>>();
  for (const clue of clues) {
    if (clue.is !== 'atLeast' && clue.is !== 'atMost') continue;
    const key = `${clue.is} ${clue.slot}`;
    const { limit, guarded } = limits.get(key) ?? clue;
    const widest =
      clue.is === 'atLeast' ? Math.min(limit, clue.limit) : Math.max(limit, clue.limit);
    limits.set(key, { ...clue, limit: widest, guarded: guarded && clue.guarded });
  }
  const others = clues.filter(({ is }) => is !== 'atLeast' && is !== 'atMost');
  return [...others, ...limits.values()];
}

/**
 * What has no value, or a text that nobody names, has the bits of its state. Where only clues are
 * asked for, another text of the same hash may be one, too.
 */
function bitsOf(slot: number, { shift, hashes, onlyClues }: BitTable): string[] {
  const [hash, place] = [`i${slot}`, `q${slot}`];
  const isHash = `+(x${slot}[${place}] === ${hash})`;
  const length = `p${slot}[4 * row + 2] - p${slot}[4 * row + 1]`;
  const isFound = `${isHash} & +(l${slot}[${place}] === ${length}) & +(s${slot} === 0)`;
  const lines = [
    `const ${hash} = p${slot}[4 * row + 3];`,
    `const ${place} = ${hash} >>> ${shift} & ${hashes.length - 1};`,
    `const o${slot} = e${slot}[s${slot}];`,
  ];
  return onlyClues
    ? [...lines, `const b${slot} = o${slot} | ${isHash};`]
    : [
        ...lines,
        `const b${slot} = o${slot} ^ ((o${slot} ^ d${slot}[${place}]) & (0 - (${isFound})));`,
      ];
}
