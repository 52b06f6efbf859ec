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

/** Compiles a column's specification: a part of a time or the index of a category first, then the transforms in order. */
export function numericKernel({ spec, unitMs }: ContractColumn): NumericKernel {
  const transform = chain(spec.transforms);
  if (spec.categories !== undefined) {
    const index = new Map(spec.categories.map((category, i) => [category, i]));
    const unknown = spec.unknown ?? NaN;
    const find = (value: string | number): number => transform(index.get(value) ?? unknown);
    const missing = (value: string | number): number => (index.has(value) ? find(value) : Number(value));
    return { number: find, text: find, missing, isCategory: true };
  }
  if (spec.part !== undefined) {
    const part = timePart(spec.part, spec.timeZone);
    const take = (value: number): number => transform(part(value * unitMs));
    return { number: take, text: () => NaN, missing: (value) => transform(Number(value)), isCategory: false };
  }
  return { number: transform, text: () => NaN, missing: (value) => transform(Number(value)), isCategory: false };
}

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
