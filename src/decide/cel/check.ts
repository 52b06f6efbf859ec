import type { Expression, Flaw, Operator } from './expression.ts';
import { checkCall } from './check-call.ts';
import { pathOf } from './event-path.ts';
import type { Checking, Scope } from './scope.ts';
import { isNullable, nameOf, type Arithmetic, type Comparison, type Typed } from './typed.ts';

/**
 * Finds the types of an expression, and everything that is wrong with it. Undefined where it has
 * flaws. A part with a flaw is not compared with others, so each flaw is reported once.
 */
export class Check implements Checking {
  readonly scope: Scope;
  readonly flaws: Flaw[] = [];

  constructor(scope: Scope) {
    this.scope = scope;
  }

  condition(expression: Expression): Typed | undefined {
    const typed = this.typed(expression);
    if (typed === undefined || typed.type === 'bool') return typed;
    const remedy = 'Compare it with something.';
    return this.flaw(expression, `the condition is ${nameOf(typed)}, not a bool`, remedy);
  }

  flaw(at: { readonly at: number }, what: string, remedy: string): Typed | undefined {
    this.flaws.push({ what, remedy, at: at.at });
    return undefined;
  }

  typed(expression: Expression): Typed | undefined {
    switch (expression.is) {
      case 'constant':
        return this.#constant(expression);
      case 'name':
        return this.#name(expression);
      case 'step':
        return this.#field(expression);
      case 'list':
        return this.flaw(expression, 'a list can only be on the right of in', 'Use x in [a, b].');
      case 'call':
        return checkCall(this, expression);
      case 'unsupported':
        return this.flaw(expression, `${expression.what} is not supported`, USE);
      case 'operator':
        return this.#operator(expression.operator, expression.operands, expression);
    }
  }

  #constant(expression: Expression & { readonly is: 'constant' }): Typed | undefined {
    const { value } = expression;
    if (typeof value === 'bigint') {
      if (BigInt.asIntN(64, value) === value) return { is: 'constant', type: 'int', value };
      return this.flaw(
        expression,
        'the integer has more than 64 bits',
        'Write it with a point: 1e20.',
      );
    }
    if (typeof value === 'number') return { is: 'constant', type: 'double', value };
    if (typeof value === 'boolean') return { is: 'constant', type: 'bool', value };
    return { is: 'constant', type: value === null ? 'null' : 'string', value };
  }

  #name(expression: Expression & { readonly is: 'name' }): Typed | undefined {
    const { name } = expression;
    const { score, segment, near } = this.scope;
    if (name === 'score') {
      return score === undefined
        ? { is: 'score', type: 'double' }
        : this.flaw(expression, `score is not known ${score}`, 'Set stage: after, or remove it.');
    }
    if (name === 'segment') {
      return segment
        ? { is: 'segment', type: 'string', nullable: true }
        : this.flaw(expression, 'segment is not known in the condition of a segment', 'Remove it.');
    }
    if (name === MARKS)
      return this.flaw(
        expression,
        `${MARKS} is a list`,
        `Write size(${MARKS}) > 0, or "amount" in ${MARKS}.`,
      );
    if (name === 'model')
      return this.flaw(expression, 'model is not a value', 'Write model.version.');
    if (name === 'event')
      return this.flaw(expression, 'event is not a value', 'Name one of its fields: event.amount.');
    return this.flaw(expression, `there is no ${name} here`, near(name));
  }

  /** A field of the event, or of the model. */
  #field(expression: Expression & { readonly is: 'step' }): Typed | undefined {
    if (expression.of.is === 'name' && expression.of.name === 'model')
      return this.#model(expression);
    const path = pathOf(expression);
    if (path === undefined) {
      return this.flaw(
        expression,
        'only fields of the event have parts',
        'Write event.field, event.list[0] or event.map["key"].',
      );
    }
    const found = this.scope.field(path);
    if ('what' in found) return this.flaw(expression, found.what, found.remedy);
    const { type, nullable } = found.field;
    return { is: 'field', type, nullable, slot: found.slot };
  }

  #model(expression: Expression & { readonly is: 'step' }): Typed | undefined {
    const { version } = this.scope;
    if (expression.step !== 'version')
      return this.flaw(
        expression,
        'a condition may name only the version of the model',
        'Write model.version.',
      );
    return version === undefined
      ? { is: 'version', type: 'string' }
      : this.flaw(
          expression,
          `model.version is not known ${version}`,
          'Set stage: after, or remove it.',
        );
  }

  #operator(
    operator: Operator,
    operands: readonly Expression[],
    at: Expression,
  ): Typed | undefined {
    if (operator === 'in') return this.#among(operands[0]!, operands[1]!, at);
    const typed = operands.map((operand) => this.typed(operand));
    if (typed.includes(undefined)) {
      if (LOGICAL.has(operator)) this.#areBool(operator, operands, typed);
      return undefined;
    }
    const [a, b, c] = typed as [Typed, Typed, Typed];
    switch (operator) {
      case '||':
      case '&&':
        if (!this.#areBool(operator, operands, [a, b])) return undefined;
        return { is: operator === '&&' ? 'and' : 'or', type: 'bool', a, b };
      case '!':
        return this.#areBool('!', operands, [a]) ? { is: 'not', type: 'bool', a } : undefined;
      case '==':
      case '!=':
        return this.#equal(operator, a, b, at);
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#ordered(operator, a, b, at);
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        return this.#arithmetic(operator, a, b, at);
      case 'negative':
        if (a.type === 'int' || a.type === 'double') return { is: 'negative', type: a.type, a };
        return this.flaw(at, `- takes a number, not ${nameOf(a)}`, 'Correct the condition.');
      case '?:':
        return this.#choose(a, b, c, operands, at);
    }
  }

  #areBool(
    by: string,
    operands: readonly Expression[],
    typed: readonly (Typed | undefined)[],
  ): boolean {
    let fit = true;
    for (const [i, one] of typed.entries()) {
      if (one === undefined || one.type === 'bool') continue;
      fit = false;
      this.flaw(
        operands[i]!,
        `${by} takes a bool, not ${nameOf(one)}`,
        'Compare it with something.',
      );
    }
    return fit;
  }

  #equal(by: Comparison, a: Typed, b: Typed, at: Expression): Typed | undefined {
    if (a.type === 'null' || b.type === 'null') {
      const other = a.type === 'null' ? b : a;
      if (isNullable(other)) return { is: 'compare', type: 'bool', by, a, b };
      return this.flaw(
        at,
        `${nameOf(other)} that is never null is compared with null`,
        'Remove it.',
      );
    }
    if (a.type === b.type) return { is: 'compare', type: 'bool', by, a, b };
    return this.flaw(at, `${nameOf(a)} cannot be ${by} ${nameOf(b)}`, mixed(a, b));
  }

  #ordered(by: Comparison, a: Typed, b: Typed, at: Expression): Typed | undefined {
    const numbers = isNumber(a) && isNumber(b);
    if (numbers || (a.type === 'string' && b.type === 'string'))
      return { is: 'compare', type: 'bool', by, a, b };
    const remedy = 'Compare numbers with numbers, and strings with strings.';
    return this.flaw(at, `${by} cannot compare ${nameOf(a)} with ${nameOf(b)}`, remedy);
  }

  #arithmetic(by: Arithmetic, a: Typed, b: Typed, at: Expression): Typed | undefined {
    const { type } = a;
    if (type === b.type && (type === 'int' || (type === 'double' && by !== '%')))
      return { is: 'arithmetic', type, by, a, b };
    return this.flaw(at, `${by} cannot take ${nameOf(a)} and ${nameOf(b)}`, mixed(a, b));
  }

  #choose(
    when: Typed,
    a: Typed,
    b: Typed,
    operands: readonly Expression[],
    at: Expression,
  ): Typed | undefined {
    if (!this.#areBool('? :', operands, [when])) return undefined;
    const nullable = isNullable(a) || isNullable(b);
    if (a.type === b.type && a.type !== 'null')
      return { is: 'choose', type: a.type, nullable, when, a, b };
    const what = `? : has ${nameOf(a)} and ${nameOf(b)}`;
    return this.flaw(at, what, 'Give both sides the same type.');
  }

  #marked(left: Expression): Typed | undefined {
    if (left.is !== 'constant' || typeof left.value !== 'string')
      return this.flaw(left, `${MARKS} has names of fields`, `Write "amount" in ${MARKS}.`);
    this.scope.marks(left.value);
    return { is: 'marked', type: 'bool', name: left.value };
  }

  #among(left: Expression, right: Expression, at: Expression): Typed | undefined {
    if (right.is === 'name' && right.name === MARKS) return this.#marked(left);
    const a = this.typed(left);
    if (right.is !== 'list')
      return this.flaw(right, 'in needs a list of constants on its right', 'Write x in [a, b].');
    let fit = a !== undefined;
    const values = right.items.flatMap((item) => {
      const typed = item.is === 'constant' ? this.#constant(item) : undefined;
      if (typed?.is !== 'constant') {
        if (item.is !== 'constant')
          this.flaw(item, 'a list may hold only constants', 'Compare with == instead.');
        fit = false;
        return [];
      }
      if (a !== undefined && typed.type !== a.type && !(typed.type === 'null' && isNullable(a))) {
        this.flaw(item, `${nameOf(a)} cannot be in a list with ${nameOf(typed)}`, mixed(a, typed));
        fit = false;
      }
      return [typed.value];
    });
    if (!fit || a === undefined) return undefined;
    if (a.type === 'null') return this.flaw(at, 'null is compared with a list', 'Remove it.');
    return { is: 'among', type: 'bool', a, values };
  }
}

/** The fields of the event that are outside of the profile. */
const MARKS = 'outOfProfile';

const LOGICAL: ReadonlySet<Operator> = new Set<Operator>(['&&', '||', '!']);

const USE = 'Use comparisons, &&, ||, !, in, has(), arithmetic and startsWith().';

const isNumber = ({ type }: Typed): boolean => type === 'int' || type === 'double';

/** CEL never turns an int into a double by itself. */
function mixed(a: Typed, b: Typed): string {
  if (!isNumber(a) || !isNumber(b) || a.type === b.type) return 'Use values of the same type.';
  const int = a.type === 'int' ? a : b;
  return int.is === 'constant' && typeof int.value === 'bigint'
    ? `Write ${int.value}.0 instead of ${int.value}.`
    : 'Turn the int into a double: double(x).';
}
