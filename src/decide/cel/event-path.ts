import type { Expression } from './expression.ts';

/** The path of a field in the words of `parsePath`. Undefined if it is not a field of the event. */
export function pathOf(expression: Expression): string | undefined {
  const steps: (string | number)[] = [];
  let at = expression;
  while (at.is === 'step') {
    const step = typeof at.step === 'string' ? at.step : indexOf(at.step);
    if (step === undefined) return undefined;
    steps.unshift(step);
    at = at.of;
  }
  if (at.is !== 'name' || at.name !== 'event' || steps.length === 0) return undefined;
  return steps.map(written).join('');
}

function indexOf(step: Expression): string | number | undefined {
  if (step.is !== 'constant') return undefined;
  const { value } = step;
  if (typeof value === 'string')
    return value.includes('"') && value.includes("'") ? undefined : value;
  return typeof value === 'bigint' && value >= 0n && value < 1_000_000_000n
    ? Number(value)
    : undefined;
}

function written(step: string | number, place: number): string {
  if (typeof step === 'number') return `[${step}]`;
  if (/^[^.[\]"'\s]+$/.test(step)) return place === 0 ? step : `.${step}`;
  return step.includes('"') ? `['${step}']` : `["${step}"]`;
}
