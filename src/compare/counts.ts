import type { Counts } from './report.ts';
import { count } from '../page/table.ts';

export function keysOf(a: Readonly<Record<string, unknown>>, b: typeof a): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

export function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, events) => total + events, 0);
}

export function plural(many: number, name: string): string {
  return `${count(many)} ${name}${many === 1 ? '' : 's'}`;
}

export function ratio(part: number, of: number): number | null {
  return of === 0 ? null : part / of;
}
