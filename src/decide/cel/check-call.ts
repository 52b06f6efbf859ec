import { pathOf } from './event-path.ts';
import type { Expression } from './expression.ts';
import type { Checking } from './scope.ts';
import { nameOf, type TextTest, type Typed } from './typed.ts';

type Call = Expression & { readonly is: 'call' };

const TESTS: readonly string[] = ['startsWith', 'endsWith', 'contains'] satisfies TextTest[];

/** Why some functions of CEL are left out, and what to use instead. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  matches: 'Its time is not bounded. Use startsWith, endsWith, contains or in.',
  exists: 'Its time is not bounded. Compare single elements, such as event.items[0].price.',
  exists_one: 'Its time is not bounded. Compare single elements, such as event.items[0].price.',
  all: 'Its time is not bounded. Compare single elements, such as event.items[0].price.',
  map: 'Its time is not bounded. Compare single elements, such as event.items[0].price.',
  filter: 'Its time is not bounded. Compare single elements, such as event.items[0].price.',
  timestamp: 'Compare times as numbers, in the unit of the schema.',
  duration: 'Compare times as numbers, in the unit of the schema.',
  string: 'Compare a number with a number.',
};

export function checkCall(check: Checking, call: Call): Typed | undefined {
  const { name, of, given } = call;
  if (name === 'has' && of === undefined) return has(check, call);
  if (name === 'size') return size(check, call);
  if (of !== undefined && TESTS.includes(name)) return text(check, call, name as TextTest);
  if ((name === 'double' || name === 'int') && of === undefined) return convert(check, call, name);
  const remedy =
    LEFT_OUT[name] ??
    'The functions are has, size, startsWith, endsWith, contains, int and double.';
  if (LEFT_OUT[name] === undefined) for (const one of given) check.typed(one); // finds what else is wrong
  return check.flaw(call, `the function ${name} is not supported`, remedy);
}

function has(check: Checking, call: Call): Typed | undefined {
  const [field, ...more] = call.given;
  const path = field?.is === 'step' && more.length === 0 ? pathOf(field) : undefined;
  if (path === undefined)
    return check.flaw(call, 'has() takes one field of the event', 'Write has(event.field).');
  const found = check.scope.presence(path);
  if ('what' in found) return check.flaw(field!, found.what, found.remedy);
  return { is: 'has', type: 'bool', slot: found.slot };
}

function size(check: Checking, call: Call): Typed | undefined {
  const all = [...(call.of === undefined ? [] : [call.of]), ...call.given];
  const [of] = all;
  if (of === undefined || all.length > 1)
    return check.flaw(call, 'size() takes one value', 'Write size(event.field).');
  if (of.is === 'name' && of.name === 'outOfProfile') {
    check.scope.marks();
    return { is: 'marks', type: 'int' };
  }
  const path = pathOf(of);
  if (path === undefined) {
    const a = check.typed(of);
    if (a === undefined) return undefined;
    if (a.type === 'string') return { is: 'size', type: 'int', a };
    return check.flaw(
      of,
      `size() cannot take ${nameOf(a)}`,
      'Take the size of a string or an array.',
    );
  }
  const found = check.scope.sizeOf(path);
  if ('what' in found) return check.flaw(of, found.what, found.remedy);
  // The size of null is an error, and never null.
  return { is: 'field', type: 'int', nullable: false, slot: found.slot };
}

function text(check: Checking, call: Call, test: TextTest): Typed | undefined {
  const [of, ...more] = call.given;
  if (of === undefined || more.length > 0)
    return check.flaw(call, `${test}() takes one string`, `Write event.field.${test}("text").`);
  const [a, b] = [check.typed(call.of!), check.typed(of)];
  if (a === undefined || b === undefined) return undefined;
  if (a.type === 'string' && b.type === 'string') return { is: 'text', type: 'bool', test, a, b };
  const wrong = a.type === 'string' ? b : a;
  return check.flaw(call, `${test}() takes strings, not ${nameOf(wrong)}`, 'Use a string.');
}

function convert(check: Checking, call: Call, type: 'int' | 'double'): Typed | undefined {
  const [of, ...more] = call.given;
  const a = of === undefined || more.length > 0 ? undefined : check.typed(of);
  if (of === undefined || more.length > 0)
    return check.flaw(call, `${type}() takes one number`, `Write ${type}(event.field).`);
  if (a === undefined) return undefined;
  if (a.type === 'int' || a.type === 'double') return { is: 'convert', type, a };
  return check.flaw(call, `${type}() takes a number, not ${nameOf(a)}`, 'Use a number.');
}
