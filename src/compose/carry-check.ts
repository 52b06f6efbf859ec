import { carriedPaths } from '../config/carried.ts';
import type { Settings } from '../config/settings.ts';
import { parseSchema } from '../decode/avro-schema.ts';
import type { CarryTarget } from '../decode/carry-steps.ts';
import { definedTwice } from '../encode/one-definition.ts';
import { carryTypes, type CarriedType } from '../encode/score-schema.ts';
import type { Problem } from '../errors.ts';
import { findCarried } from '../flow/carry-path.ts';
import { findPath, isFound } from '../flow/path.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { notFound } from '../map/contract.ts';

/** Fields that keys of the configuration name, and that the schemas of the events do not have. */
export function streamProblems(
  settings: Settings,
  readers: ReadonlyMap<string, SchemaNode>,
): Problem[] {
  const problems: Problem[] = [];
  carriedPaths(settings.output.carry).forEach((path, i) => {
    const where = `output.carry[${i}]`;
    for (const event of readers.values()) {
      const found = findCarried(event, path);
      if (found === undefined) problems.push(notFound(event, path, where));
      else problems.push(...typeProblem(event, path, where));
    }
  });
  const { skipWhenNull } = settings.input;
  for (const event of skipWhenNull === undefined ? [] : readers.values()) {
    if (!isFound(findPath(event, skipWhenNull!)))
      problems.push(notFound(event, skipWhenNull!, 'input.skipWhenNull'));
  }
  (settings.explain?.counterfactual ?? []).forEach((path, i) => {
    for (const event of readers.values())
      if (!isFound(findPath(event, path)))
        problems.push(notFound(event, path, `explain.counterfactual[${i}]`));
  });
  return problems;
}

/** How the carried fields are decoded, or a problem if one schema cannot hold them all. */
export function carryTargets(
  types: readonly CarriedType[],
): readonly CarryTarget[] | { readonly problem: Problem } {
  const targets = types.map(({ path, schema, nullBytes }) => ({
    path,
    node: parseSchema(schema),
    nullBytes,
  }));
  const twice = definedTwice(targets.map(({ node }) => node));
  if (twice === undefined) return targets;
  const what = `the carried fields define the type ${twice} in two ways, but one schema can hold only one definition`;
  const remedy = 'Carry only fields that use one of the two definitions.';
  return { problem: { code: 'CONTRACT_TYPE', what, where: 'output.carry', remedy } };
}

/** Several branches may hold a field as types that cannot be together in an Avro union. */
function typeProblem(event: SchemaNode, path: string, where: string): Problem[] {
  try {
    for (const { schema } of carryTypes(event, [path])) parseSchema(schema);
    return [];
  } catch (error) {
    const what = `${path} cannot be carried as one type: ${(error as Error).message}`;
    return [
      {
        code: 'CONTRACT_TYPE',
        what,
        where,
        remedy: 'Carry a field that has the same type in all input topics.',
      },
    ];
  }
}
