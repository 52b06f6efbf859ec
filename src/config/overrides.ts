import { isScalar, visit, type Node } from 'yaml';
import type { Problem } from '../errors.ts';
import { plainYaml } from '../runtime/plain-yaml.ts';
import { formatPath, parsePath, withValue, type Path } from './tree.ts';

/** One `--set path=value`. */
export interface Override {
  readonly path: Path;
  /** As it was written. The key gets this text if it is a string. */
  readonly text: string;
  /** Read as YAML. */
  readonly value: unknown;
}

export interface Overridden {
  readonly tree: unknown;
  readonly overrides: readonly Override[];
  readonly problems: readonly Problem[];
}

/** Where the user finds the override. It does not show the value, which may be a secret. */
export const placeOf = (path: Path) => `--set ${formatPath(path)}`;

/**
 * Applies the overrides to the tree in their order. Those that cannot be read are reported
 * together.
 */
export function override(tree: unknown, sets: readonly string[]): Overridden {
  const problems: Problem[] = [];
  const overrides: Override[] = [];
  let result = tree;
  for (const set of sets) {
    const equals = endOfPath(set);
    const path = equals === -1 ? undefined : parsePath(set.slice(0, equals));
    if (path === undefined) {
      problems.push({
        code: 'CONFIG_INVALID',
        what: 'an override must have the form path=value, for example http.port=8081 or kafka.brokers[0]=localhost:9092',
        where: equals === -1 ? '--set' : `--set ${set.slice(0, equals)}`,
      });
      continue;
    }
    const text = set.slice(equals + 1);
    const { tree: value, flaws, root } = plainYaml(text);
    if (flaws.some(({ error }) => error?.name !== 'YAMLWarning')) {
      problems.push({
        code: 'CONFIG_SYNTAX',
        what: 'the value is not valid YAML',
        where: placeOf(path),
        remedy: 'Quote the value for the shell. Inside { } and [ ], quote it for YAML as well.',
      });
      continue;
    }
    if (root === undefined || hasNothing(root)) {
      problems.push({
        code: 'CONFIG_INVALID',
        what: 'the value is empty: perhaps a shell variable in it is not set',
        where: placeOf(path),
        remedy: 'Give a value, or null to remove the key.',
      });
      continue;
    }
    const changed = withValue(result, path, value);
    if (changed === undefined) {
      problems.push({
        code: 'CONFIG_INVALID',
        what: 'the list is shorter than this index',
        where: placeOf(path),
        remedy: 'Indexes start at 0. The index after the last entry adds an entry.',
      });
      continue;
    }
    overrides.push({ path, text, value });
    result = changed;
  }
  return { tree: result, overrides, problems };
}

/**
 * A null that is written out is intended. An empty value is what an unset shell variable leaves.
 */
function hasNothing(root: Node): boolean {
  let found = false;
  visit(root, {
    Value: (_key, node) => {
      if (isScalar(node) && node.value === null && (node.source ?? '') === '') found = true;
    },
    Pair: (_key, pair) => {
      if (pair.value === null) found = true;
    },
  });
  return found;
}

/** The first `=` outside of a quoted key. */
function endOfPath(set: string): number {
  return /^(?:"[^"]*"|[^="])*=/.exec(set)?.[0].lastIndexOf('=') ?? -1;
}
