import type { Problem } from '../errors.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { Check } from './cel/check.ts';
import type { Scope } from './cel/scope.ts';
import { parseCel } from './cel/cel-parser.ts';
import type { Flaw } from './cel/expression.ts';
import type { ScopedField } from './cel/scope.ts';
import type { EventField, Typed } from './cel/typed.ts';
import { PolicyFields } from './policy-fields.ts';
import {
  decisionNames,
  type ListSettings,
  type PolicySettings,
  type RuleSettings,
  type SegmentSettings,
} from '../flow/policy-settings.ts';

/** A policy whose conditions fit the schema of the events. */
export interface Policy extends Omit<PolicySettings, 'rules' | 'segments' | 'lists'> {
  /** All names of decisions, in the order of the policy, each once. */
  readonly names: readonly string[];
  readonly segments: readonly Compiled<SegmentSettings>[];
  readonly rules: readonly Compiled<RuleSettings>[];
  readonly lists: readonly CompiledList[];
  /** What conditions and lists read of an event. */
  readonly fields: readonly EventField[];
  /** The fields that conditions ask for in `outOfProfile`; undefined if none of them does. */
  readonly marks: readonly string[] | undefined;
}

/** `slot`: the field with the key, by its place in `fields`. */
export type CompiledList = ListSettings & { readonly slot: number };

export type Compiled<T> = Omit<T, 'when'> & {
  readonly when: string;
  readonly condition: Typed;
  /** The fields that the condition reads, by their places in `fields`. */
  readonly reads: readonly number[];
};

/** They are numbered with two bytes per event, and who decides may be any of three kinds. */
const MAX_NAMES = 20_000;

const BEFORE_MODEL = 'before the model';

export type PolicyResult = { readonly policy: Policy } | { readonly problems: readonly Problem[] };

/**
 * Compiles all conditions of a policy against the schema of the events, and finds everything that
 * is wrong with them. Without a schema, they are only parsed.
 */
export function compilePolicy(
  settings: PolicySettings,
  event: SchemaNode | undefined,
  where = 'decision',
): PolicyResult {
  const problems: Problem[] = [];
  const fields = new PolicyFields(event);
  const compile = <T extends { readonly when: string }>(
    part: T,
    at: string,
    known: Pick<Scope, 'score' | 'segment' | 'version'>,
  ): Compiled<T> | undefined => {
    const told = (flaws: readonly Flaw[]): Compiled<T> | undefined => {
      for (const { what, remedy, at: character } of flaws) {
        const place = `${where}.${at}.when, character ${character + 1}`;
        problems.push({ code: 'POLICY_INVALID', what, where: place, remedy });
      }
      return undefined;
    };
    const parsed = parseCel(part.when);
    if ('flaw' in parsed) return told([parsed.flaw]);
    if (event === undefined) return undefined;
    const scope = fields.scope(known);
    const check = new Check(scope);
    const condition = check.condition(parsed.expression);
    if (condition === undefined || check.flaws.length > 0) return told(check.flaws);
    return { ...part, condition, reads: [...scope.reads] };
  };

  const segments = (settings.segments ?? []).map((segment, i) =>
    compile(segment, `segments[${i}]`, {
      score: 'in the condition of a segment',
      segment: false,
      version: undefined,
    }),
  );
  const rules = (settings.rules ?? []).map((rule, i) =>
    compile(rule, `rules[${i}]`, {
      score: rule.stage === 'before' ? BEFORE_MODEL : undefined,
      segment: true,
      version: rule.stage === 'before' ? BEFORE_MODEL : undefined,
    }),
  );
  const lists = (event === undefined ? [] : (settings.lists ?? [])).map((list, i) => {
    const found = fields
      .scope({ score: undefined, segment: false, version: undefined })
      .field(pathOfKey(list.key));
    const flaw =
      'what' in found
        ? found
        : found.field.type === 'string' || found.field.type === 'int'
          ? undefined
          : {
              what: `the key is a ${found.field.type}`,
              remedy: 'Choose a field that is a string or an integer.',
            };
    if (flaw === undefined) return { ...list, slot: (found as ScopedField).slot };
    problems.push({ code: 'POLICY_INVALID', ...flaw, where: `${where}.lists[${i}].key` });
    return undefined;
  });
  const names = decisionNames(settings);
  const parts = [settings.segments, settings.rules, settings.lists];
  const most = Math.max(names.length, ...parts.map((part) => part?.length ?? 0));
  if (most > MAX_NAMES) {
    const what = `the policy has ${most} different decisions, segments, rules or lists, and at most ${MAX_NAMES} are possible`;
    problems.push({ code: 'POLICY_INVALID', what, where, remedy: 'Use fewer of them.' });
  }
  if (problems.length > 0) return { problems };
  return {
    policy: {
      ...settings,
      names,
      segments: segments.filter((segment) => segment !== undefined),
      rules: rules.filter((rule) => rule !== undefined),
      lists: lists.filter((list) => list !== undefined),
      fields: fields.all,
      marks: fields.marks,
    },
  };
}

/** With or without `event.`, as in conditions. */
export const pathOfKey = (key: string): string =>
  key.startsWith('event.') ? key.slice('event.'.length) : key;
