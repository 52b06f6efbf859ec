import { rules, type Rule } from './keys.ts';

/**
 * The JSON Schema with which editors check a configuration file. It sees the file before variables
 * are inserted and empty keys are removed, so a value may also be a `${...}`, and a key may be
 * empty.
 */
export function editorSchema(): Rule {
  const { $schema, ...root } = rules();
  return {
    $schema: $schema!,
    title: 'stream-scorer configuration',
    ...editable(root),
    type: 'object',
  };
}

const VARIABLE: Rule = { type: 'string', pattern: '\\$\\{' };
const EMPTY: Rule = { type: 'null' };

function editable(rule: Rule): Rule {
  const { description, default: fallback, writeOnly, ...shape } = rule;
  const notes: Rule = {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(writeOnly === undefined ? {} : { writeOnly }),
  };
  const alternatives = shape.anyOf ?? shape.oneOf;
  if (alternatives !== undefined) return { ...notes, anyOf: alternatives.map(editable) };
  if (shape.properties !== undefined) {
    const properties = Object.entries(shape.properties).map(
      ([key, value]) => [key, editable(value as Rule)] as const,
    );
    return {
      ...notes,
      ...shape,
      type: ['object', 'null'],
      properties: Object.fromEntries(properties),
    };
  }
  if (shape.type === 'array') {
    return { ...notes, ...shape, type: ['array', 'null'], items: editable(shape.items as Rule) };
  }
  if (shape.type === 'object') return { ...notes, ...shape };
  const { minLength: _, ...text } = shape;
  if (text.type === 'string' && Object.keys(text).length === 1)
    return { ...notes, type: ['string', 'null'] };
  return { ...notes, anyOf: [withoutSafeLimits(shape), VARIABLE, EMPTY] };
}

/**
 * Every integer has the limits of the exact range of a double. They are left out, so the real
 * limits are visible.
 */
function withoutSafeLimits({ minimum, maximum, ...rest }: Rule): Rule {
  return {
    ...rest,
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? {} : { minimum }),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum }),
  };
}
