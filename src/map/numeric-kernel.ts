import type { Transform } from '../flow/features.ts';
import type { ContractColumn } from './contract.ts';
import { timePart } from './time-part.ts';

/** How one value becomes the number of one column. NaN or infinity if it cannot. */
export interface NumericKernel {
  readonly number: (value: number) => number;
  /** For a time in a unit that a double would round. */
  readonly long: (value: bigint) => number;
  readonly text: (value: string) => number;
  /** The value for null or absent: transformed like any value, or the index of a category. */
  readonly missing: (value: number | string) => number;
  readonly isCategory: boolean;
}

/**
 * Compiles the specification of a column: first a part of a time, then the index of a listed value,
 * then the transforms in order.
 */
export function numericKernel({ spec, unitMs }: ContractColumn): NumericKernel {
  const transform = chain(spec.transforms);
  const { take, takeLong } = timeKernel({ spec, unitMs });
  if (spec.categories === undefined) {
    const number =
      take === undefined ? transform : (value: number): number => transform(take(value));
    const long = (value: bigint): number => transform(takeLong(value));
    return {
      number,
      long,
      text: () => NaN,
      missing: (value) => transform(Number(value)),
      isCategory: false,
    };
  }
  const index = new Map(spec.categories.map((category, i) => [category, i]));
  const unknown = typeof spec.unknown === 'number' ? spec.unknown : NaN;
  // A value that is not a point in time has no part at all. This is not the same as a part that is
  // not listed.
  const find = (value: string | number): number =>
    Number.isNaN(value) ? NaN : transform(index.get(value) ?? unknown);
  const missing = (value: string | number): number =>
    index.has(value) ? find(value) : Number(value);
  const number = take === undefined ? find : (value: number): number => find(take(value));
  return { number, long: (value) => find(takeLong(value)), text: find, missing, isCategory: true };
}

interface TimeKernel {
  /** Undefined if no part of a time is taken. */
  readonly take: ((value: number) => number) | undefined;
  readonly takeLong: (value: bigint) => number;
}

/** The part of a time in units of the field. */
function timeKernel({ spec, unitMs }: Pick<ContractColumn, 'spec' | 'unitMs'>): TimeKernel {
  if (spec.part === undefined || spec.part === 'length')
    return { take: undefined, takeLong: Number };
  const part = timePart(spec.part, spec.timeZone);
  // A division, because 1e-3 is not exact in a double.
  const perMs = Math.round(1 / unitMs);
  const take =
    unitMs >= 1
      ? (value: number): number => part(value * unitMs)
      : (value: number): number => part(value / perMs);
  if (spec.part === 'epochSeconds') return { take, takeLong: (value) => take(Number(value)) };
  const divisor = BigInt(Math.max(perMs, 1));
  return {
    take,
    takeLong: (value) =>
      part(Number((value - (((value % divisor) + divisor) % divisor)) / divisor)),
  };
}

/**
 * Finds the column of a value in a one-hot group. NONE if no column is set, NaN if that is not
 * allowed.
 */
export function oneHotColumn({
  spec,
  unitMs,
}: ContractColumn): (value: string | number | bigint) => number {
  const { oneHot = [], unknown } = spec;
  const { take, takeLong } = timeKernel({ spec, unitMs });
  const index = new Map(oneHot.map((value, i) => [value, i]));
  const other = unknown === 'column' ? oneHot.length : unknown === 'zeros' ? NONE : NaN;
  const find = (value: string | number): number =>
    Number.isNaN(value) ? NaN : (index.get(value) ?? other);
  return (value) => {
    if (typeof value === 'bigint') return find(takeLong(value));
    return find(take !== undefined && typeof value === 'number' ? take(value) : value);
  };
}

export const NONE = -1;

function chain(transforms: readonly Transform[]): (value: number) => number {
  const [first, ...rest] = transforms.map(step);
  if (first === undefined) return (value) => value;
  return rest.reduce((before, next) => (value) => next(before(value)), first);
}

function step(transform: Transform): (value: number) => number {
  switch (transform.kind) {
    case 'log':
      return Math.log;
    case 'log1p':
      return Math.log1p;
    case 'clip':
      return (value) => Math.min(Math.max(value, transform.min), transform.max);
    case 'scale':
      return (value) => (value - transform.mean) / transform.std;
  }
}
