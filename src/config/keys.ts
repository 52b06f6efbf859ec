import { z } from 'zod';
import { schema } from './schema.ts';
import { isBranch, valueAt, type Path } from './tree.ts';

/**
 * What the schema says about a place in the configuration, read from its JSON Schema, which is
 * plain data and independent of zod.
 */

export type Rule = z.core.JSONSchema.BaseSchema;

let cached: Rule | undefined;

/** The JSON Schema of the configuration as it is written. */
export function rules(): Rule {
  cached ??= z.toJSONSchema(schema, { io: 'input', target: 'draft-07' });
  return cached;
}

/**
 * All rules that may apply at the path. There are several if the data does not decide between
 * alternatives of the schema.
 */
export function rulesAt(tree: unknown, path: Path): Rule[] {
  let current = alternatives(rules(), tree);
  let value = tree;
  for (const key of path) {
    value = valueAt(value, [key]);
    current = current
      .flatMap((rule) => below(rule, key))
      .flatMap((rule) => alternatives(rule, value));
  }
  return current;
}

/** Whether the value at the path must not be shown. */
export function isSecret(tree: unknown, path: Path): boolean {
  return rulesAt(tree, path).some((rule) => rule.writeOnly === true);
}

/** The keys an object at the path may have. */
export function keysAt(tree: unknown, path: Path): string[] {
  return [...new Set(rulesAt(tree, path).flatMap((rule) => Object.keys(rule.properties ?? {})))];
}

let everyKey: readonly string[] | undefined;

/** Every key there is, with dots: `kafka.sasl.username`. */
export function allKeys(): readonly string[] {
  everyKey ??= keysBelow(rules(), '');
  return everyKey;
}

function keysBelow(rule: Rule, prefix: string): string[] {
  return alternatives(rule, undefined).flatMap((alternative) =>
    Object.entries(alternative.properties ?? {}).flatMap(([key, value]) => [
      prefix + key,
      ...keysBelow(value as Rule, `${prefix}${key}.`),
    ]),
  );
}

function below(rule: Rule, key: string | number): Rule[] {
  const items = Array.isArray(rule.items) ? undefined : rule.items;
  const properties = rule.properties ?? {};
  const named =
    typeof key !== 'number' && Object.hasOwn(properties, key) ? properties[key] : undefined;
  const found = typeof key === 'number' ? items : (named ?? rule.additionalProperties);
  return typeof found === 'object' ? [found] : [];
}

/**
 * The alternatives of a rule, without those that a fixed value in the data, such as `mechanism:
 * aws`, excludes.
 */
function alternatives(rule: Rule, value: unknown): Rule[] {
  const options = [...(rule.anyOf ?? []), ...(rule.oneOf ?? [])] as Rule[];
  if (options.length === 0) return [rule];
  const all = options.flatMap((option) => alternatives(option, value));
  const fitting = all.filter((option) => fits(option, value));
  return fitting.length > 0 ? fitting : all;
}

function fits(rule: Rule, value: unknown): boolean {
  if (!isBranch(value)) return true;
  return Object.entries(rule.properties ?? {}).every(([key, property]) => {
    const { const: only, enum: several } = property as Rule;
    const allowed = only === undefined ? several : [only];
    return (
      allowed === undefined || !(key in value) || allowed.some((option) => option === value[key])
    );
  });
}
