import type { ExplainedColumn } from '../audit/explanation.ts';
import { VALUE, type Column, type Events } from '../flow/events.ts';
import { fromHalfBits } from '../flow/half.ts';
import type { FeatureSpec, Transform } from '../flow/features.ts';
import type { InputTensor } from '../flow/tensors.ts';
import type { ContractColumn, ContractInput } from '../map/contract.ts';
import type { ModelVersion } from './scoring-plan.ts';

/** What each field of an event is in the tensors of the model. */
export function explainedColumns(
  { contract, slots }: Pick<ModelVersion, 'contract' | 'slots'>,
  events: Pick<Events, 'columns'>,
  tensors: readonly InputTensor[],
  row: number,
): readonly ExplainedColumn[] {
  return contract.inputs.flatMap((input, i) =>
    input.columns.map((column): ExplainedColumn => {
      const value = valueOf(events.columns[slots[column.slot]!]!, row);
      return {
        field: column.spec.field,
        value,
        input: input.name,
        type: input.type,
        column: column.at,
        tensor: numbersOf(tensors[i]!, input, column, row),
        how: howOf(column.spec, value),
      };
    }),
  );
}

/** Null where the event has no value. Numbers that JSON does not have are texts. */
function valueOf({ state, values, width }: Column, row: number): unknown {
  const cells = Array.from({ length: width }, (_, i) => {
    const cell = row * width + i;
    return state[cell] === VALUE ? shown(values[cell]!) : null;
  });
  return width === 1 ? cells[0]! : cells;
}

/** As many values of a list are named. */
const MAX_NAMED = 12;

/** What model.yaml says about the way from the value to the numbers. */
function howOf(spec: FeatureSpec, value: unknown): string {
  const { missing, part, timeZone, categories, oneHot, unknown, vector, matrix, transforms } = spec;
  return [
    value === null && missing !== undefined ? `missing: ${missing}` : '',
    part === undefined ? '' : `part: ${part}${timeZone === undefined ? '' : ` in ${timeZone}`}`,
    categories === undefined ? '' : `index in [${namesOf(categories)}]`,
    oneHot === undefined
      ? ''
      : `one column each: ${namesOf(oneHot)}${unknown === 'column' ? ', and another value' : ''}`,
    vector === undefined ? '' : 'vector',
    matrix === undefined ? '' : `matrix ${matrix.join(' × ')}`,
    ...transforms.map(transformText),
  ]
    .filter((text) => text !== '')
    .join('; ');
}

function namesOf(values: readonly (string | number)[]): string {
  const more = values.length > MAX_NAMED ? ` … (${values.length})` : '';
  return `${values.slice(0, MAX_NAMED).join(', ')}${more}`;
}

function transformText(transform: Transform): string {
  switch (transform.kind) {
    case 'clip':
      return `clip to ${transform.min} … ${transform.max}`;
    case 'scale':
      return `(x − ${transform.mean}) / ${transform.std}`;
    default:
      return transform.kind;
  }
}

function numbersOf(
  { values, type }: InputTensor,
  { width: stride }: ContractInput,
  { at, width, step }: ContractColumn,
  row: number,
): readonly (number | string)[] {
  return Array.from({ length: width }, (_, i) => {
    const value = values[row * stride + at + i * step]!;
    return shown(type === 'float16' ? fromHalfBits(Number(value)) : value);
  });
}

function shown(value: number | bigint | string): number | string {
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
