import { Environment, ParseError, type ASTNode } from '@marcbachmann/cel-js';
import {
  OPERATORS,
  type Constant,
  type Expression,
  type Flaw,
  type Operator,
} from './expression.ts';

/**
 * @marcbachmann/cel-js parses CEL. It has types, the places of all nodes and limits, no dependency,
 * and releases every month. @bufbuild/cel passes the conformance tests of CEL, but needs 11 MB of
 * Protobuf, and its type checker cannot be imported. cel-js has neither places nor types.
 *
 * The library evaluates one event at a time, in microseconds. So this program evaluates columns of
 * a whole batch itself, and the library is the oracle of its tests. The library stops at the first
 * wrong type, so types are checked here, too.
 */
const PARSER = new Environment({
  limits: {
    maxAstNodes: 2000,
    maxDepth: 60,
    maxListElements: 1000,
    maxMapEntries: 100,
    maxCallArguments: 8,
  },
});

/** A longer text is not a condition that a person can check. */
const MAX_CHARACTERS = 20_000;
const MAX_SIGNS = 50;
const MANY_SIGNS = new RegExp(`(?:[!-]\\s*){${MAX_SIGNS}}`);

export type Parsed = { readonly expression: Expression } | { readonly flaw: Flaw };

export function parseCel(text: string): Parsed {
  if (text.length > MAX_CHARACTERS) {
    const what = `the expression has more than ${MAX_CHARACTERS} characters`;
    return { flaw: { what, remedy: 'Use several rules, or a list.', at: 0 } };
  }
  // The library does not count them as depth, and runs out of stack.
  if (MANY_SIGNS.test(withoutStrings(text))) {
    const what = `the expression has ${MAX_SIGNS} times ! or - in a row`;
    return { flaw: { what, remedy: 'Remove them.', at: 0 } };
  }
  try {
    return { expression: converted(PARSER.parse(text).ast) };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const { summary, range } = error as ParseError;
    return { flaw: { what: lowered(summary), remedy: remedyFor(text), at: range?.start ?? 0 } };
  }
}

const lowered = (summary: string): string =>
  `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`;

const withoutStrings = (text: string): string => text.replace(/"[^"]*"|'[^']*'/g, '');

/** Words of other languages, outside of strings. */
function remedyFor(text: string): string {
  const bare = withoutStrings(text);
  const word = /\b(and|or|not)\b/i.exec(bare)?.[1]?.toLowerCase();
  if (word !== undefined)
    return `Write ${word === 'and' ? '&&' : word === 'or' ? '||' : '!'} instead of ${word}.`;
  if (/[^=!<>]=[^=]/.test(bare)) return 'Compare with ==.';
  return 'Correct the expression. It is written in CEL (https://cel.dev).';
}

const NAMES: Readonly<Partial<Record<string, Operator>>> = { '!_': '!', '-_': 'negative' };

function converted(node: ASTNode): Expression {
  const at = node.start;
  switch (node.op) {
    case 'value':
      return isConstant(node.args)
        ? { is: 'constant', value: node.args, at }
        : { is: 'unsupported', what: 'a literal of bytes or of an unsigned number', at };
    case 'id':
      return { is: 'name', name: node.args, at };
    case '.':
      return { is: 'step', of: converted(node.args[0]), step: node.args[1], at };
    case '[]':
      return { is: 'step', of: converted(node.args[0]), step: converted(node.args[1]), at };
    case 'list':
      return { is: 'list', items: node.args.map(converted), at };
    case 'call':
      return { is: 'call', name: node.args[0], of: undefined, given: all(node.args[1]), at };
    case 'rcall':
      return {
        is: 'call',
        name: node.args[0],
        of: converted(node.args[1]),
        given: all(node.args[2]),
        at,
      };
    case 'map':
      return { is: 'unsupported', what: 'a map', at };
    case '.?':
    case '[?]':
      return { is: 'unsupported', what: 'an optional field', at };
    default: {
      const operator = NAMES[node.op] ?? OPERATORS.find((one) => one === node.op);
      if (operator === undefined) return { is: 'unsupported', what: `the operator ${node.op}`, at };
      const operands = Array.isArray(node.args) ? all(node.args) : [converted(node.args)];
      return negated(operator, operands, at);
    }
  }
}

const all = (nodes: readonly ASTNode[]): Expression[] => nodes.map(converted);

/** `-1` is a constant, so that the lowest integer can be written. */
function negated(operator: Operator, operands: readonly Expression[], at: number): Expression {
  const [first] = operands;
  if (operator !== 'negative' || first?.is !== 'constant')
    return { is: 'operator', operator, operands, at };
  const { value } = first;
  if (typeof value === 'bigint' || typeof value === 'number')
    return { is: 'constant', value: -value, at };
  return { is: 'operator', operator, operands, at };
}

const isConstant = (value: unknown): value is Constant =>
  value === null || ['bigint', 'number', 'string', 'boolean'].includes(typeof value);
