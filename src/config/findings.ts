import type { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import { nearest } from '../runtime/nearest.ts';
import { allKeys, keysAt, rulesAt } from './keys.ts';
import { REFUSED } from './schema-kafkajs.ts';
import { formatPath, valueAt, type Path } from './tree.ts';

/** A problem with a key. The text never has the value, which may be a secret. */
export interface Finding {
  readonly code: ErrorCode;
  readonly path: Path;
  readonly what: string;
  readonly remedy?: string;
}

type Issue = z.core.$ZodIssue;

/**
 * The issues of the schema, with paths from the root. If alternatives are allowed, only the issues
 * of the alternative that was meant.
 */
export function flatten(issues: readonly Issue[], base: Path = []): Issue[] {
  return issues.flatMap((issue): Issue[] => {
    const path = [...base, ...(issue.path as (string | number)[])];
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ ...issue, path }];
    // The kind of the value (text, list, section) tells which alternative was meant.
    const meant = issue.errors.filter(
      (option) => !option.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0),
    );
    return meant.length > 0 ? flatten(meant[0]!, path) : [{ ...issue, path }];
  });
}

/** In the words of the configuration file. */
export function toFindings(issues: readonly Issue[], tree: unknown): Finding[] {
  return flatten(issues).flatMap((issue): Finding[] => {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownKey(tree, path, key));
    const value = valueAt(tree, path);
    if (value === undefined) return [missing(tree, path)];
    return [{ code: 'CONFIG_INVALID', path, ...describe(issue, value) }];
  });
}

export function unknownKey(tree: unknown, parent: Path, key: string): Finding {
  const path = [...parent, key];
  const written = formatPath(path);
  const reason = Object.hasOwn(REFUSED, written) ? REFUSED[written] : undefined;
  if (reason !== undefined) {
    return {
      code: 'CONFIG_NOT_SUPPORTED',
      path,
      what: `${key} cannot be set for kafkajs: ${reason}`,
    };
  }
  const known = keysAt(tree, parent);
  const near =
    nearest(key, known) ??
    nearest(
      key,
      allKeys().filter((name) => name.endsWith(`.${key}`)),
    );
  return {
    code: 'CONFIG_INVALID',
    path,
    what: `unknown key ${JSON.stringify(key)}`,
    remedy: near === undefined ? `The keys here are ${known.join(', ')}.` : `Did you mean ${near}?`,
  };
}

function missing(tree: unknown, path: Path): Finding {
  const [rule] = rulesAt(tree, path);
  const needed = rule?.required === undefined ? '' : `; it needs ${rule.required.join(', ')}`;
  const meaning = rule?.description;
  return {
    code: 'CONFIG_INVALID',
    path,
    what: `is missing${needed}`,
    ...(meaning === undefined ? {} : { remedy: `Add it: ${meaning}` }),
  };
}

function describe(issue: Issue, value: unknown): Pick<Finding, 'what' | 'remedy'> {
  switch (issue.code) {
    case 'invalid_type':
      return mismatch([issue.expected], value);
    case 'invalid_union': {
      if (issue.errors.length === 0)
        return oneOf('options' in issue ? (issue.options ?? []) : [], value);
      const kinds = issue.errors
        .flat()
        .flatMap((inner) => (inner.code === 'invalid_type' ? [inner.expected] : []));
      return mismatch(kinds, value);
    }
    case 'invalid_value':
      return oneOf(issue.values, value);
    case 'too_small': {
      if (issue.origin === 'string') return { what: 'must not be empty' };
      if (issue.origin === 'array')
        return {
          what: `needs at least ${issue.minimum} ${Number(issue.minimum) === 1 ? 'entry' : 'entries'}`,
        };
      return {
        what: `must be ${issue.inclusive === true ? 'at least' : 'above'} ${issue.minimum}`,
      };
    }
    case 'too_big':
      return { what: `must be at most ${issue.maximum}` };
    default:
      return { what: issue.message };
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section',
  record: 'a section',
  null: 'nothing',
};

function mismatch(expected: readonly string[], value: unknown): Pick<Finding, 'what' | 'remedy'> {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const wanted = [...new Set(expected)].map((name) => KINDS[name] ?? name).join(' or ');
  const what = `must be ${wanted}`;
  const quotable = expected.includes('string') && (kind === 'number' || kind === 'boolean');
  return {
    what:
      expected.includes('int') && kind === 'number' ? what : `${what}, not ${KINDS[kind] ?? kind}`,
    ...(quotable ? { remedy: 'Put the value in quotes.' } : {}),
  };
}

function oneOf(values: readonly unknown[], value: unknown): Pick<Finding, 'what' | 'remedy'> {
  const names = values.map(String);
  const near = typeof value === 'string' ? nearest(value, names) : undefined;
  return {
    what: `must be ${names.length > 1 ? `one of ${names.join(', ')}` : names.join('')}`,
    ...(near === undefined ? {} : { remedy: `Did you mean ${near}?` }),
  };
}
