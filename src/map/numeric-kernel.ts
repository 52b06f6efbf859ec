import type { Transform } from '../flow/features.ts';
import type { ContractColumn } from './contract.ts';
import { timePart } from './time-part.ts';

/** How one value becomes the number of one column; NaN or infinity where it cannot. */
export interface NumericKernel {
  readonly number: (value: number) => number;
  readonly text: (value: string) => number;
  /** What stands for null or absent: transformed like any value, or the index of a category. */
  readonly missing: (value: number | string) => number;
  readonly isCategory: boolean;
}

/** Compiles a column's specification: a part of a time first, then the index of a listed value, then the transforms in order. */
export function numericKernel({ spec, unitMs }: ContractColumn): NumericKernel {
  const transform = chain(spec.transforms);
  const part = spec.part === undefined || spec.part === 'length' ? undefined : timePart(spec.part, spec.timeZone);
  const take = part === undefined ? (value: number): number => value : (value: number): number => part(value * unitMs);
  if (spec.categories === undefined) {
    const number = part === undefined ? transform : (value: number): number => transform(take(value));
    return { number, text: () => NaN, missing: (value) => transform(Number(value)), isCategory: false };
  }
  const index = new Map(spec.categories.map((category, i) => [category, i]));
  const unknown = typeof spec.unknown === 'number' ? spec.unknown : NaN;
  const find = (value: string | number): number => transform(index.get(value) ?? unknown);
  const missing = (value: string | number): number => (index.has(value) ? find(value) : Number(value));
  return { number: (value) => find(take(value)), text: find, missing, isCategory: true };
}

/** Finds the column of a value among those of a one-hot group; NONE where no column is set, NaN where that is not allowed. */
export function oneHotColumn({ spec, unitMs }: ContractColumn): (value: string | number) => number {
  const { oneHot = [], part, unknown } = spec;
  const take = part === undefined || part === 'length' ? undefined : timePart(part, spec.timeZone);
  const index = new Map(oneHot.map((value, i) => [value, i]));
  const other = unknown === 'column' ? oneHot.length : unknown === 'zeros' ? NONE : NaN;
  return (value) => index.get(take !== undefined && typeof value === 'number' ? take(value * unitMs) : value) ?? other;
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
