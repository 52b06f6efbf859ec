import { ScorerError } from '../errors.ts';
import type { SchemaNode } from '../flow/schema-node.ts';

/** The path of `name` inside of `path`. */
export const join = (path: string, name: string): string =>
  path === '' ? name : `${path}.${name}`;

export function mismatch(node: SchemaNode, path: string): ScorerError {
  return invalid(path, `is not of the type ${node.logical ?? node.kind}`);
}

/** `path`: the place in the event; empty for the event itself. */
export function invalid(path: string, what: string): ScorerError {
  return new ScorerError({ code: 'INPUT_INVALID', what: `${path || 'the event'} ${what}` });
}
