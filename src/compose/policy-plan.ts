import type { Settings } from '../config/settings.ts';
import { compilePolicy, type Policy } from '../decide/compile-policy.ts';
import type { Problem } from '../errors.ts';
import type { SchemaNode } from '../flow/schema-node.ts';

/**
 * The policy of the configuration, compiled against the schemas of the events; undefined if there
 * is none, or, with `problems` added, if it does not fit. Without schemas, it is only parsed.
 */
export function planPolicy(
  { decision }: Settings,
  readers: ReadonlyMap<string, SchemaNode>,
  problems: Problem[],
): Policy | undefined {
  if (decision === undefined) return undefined;
  const events = readers.size === 0 ? [undefined] : [...readers.values()];
  const results = events.map((event) => compilePolicy(decision, event));
  const policies = results.flatMap((result) => ('policy' in result ? [result.policy] : []));
  for (const result of results) if ('problems' in result) problems.push(...result.problems);
  const [first, ...others] = policies;
  if (first === undefined || policies.length < results.length) return undefined;
  const types = ({ fields }: Policy): string => JSON.stringify(fields);
  if (others.every((other) => types(other) === types(first))) return first;
  problems.push({
    code: 'POLICY_INVALID',
    what: 'a field that the policy reads has different types in the input topics',
    where: 'input.topics',
    remedy: 'Run a separate service for each of these topics.',
  });
  return undefined;
}
