import { ScorerError } from '../errors.ts';

/** Stands for the key of the record, where a field can be named. */
export const KEY = '@key';

/** How labels find their events. */
export interface LabelJoin {
  /** The id in an event: a field, or KEY. */
  readonly event: string;
  /** The id in a label: a field, or KEY. */
  readonly label: string;
  /** The field with the label. */
  readonly value: string;
  /** The value of that field that means 1. Without it: 1, true or "1". */
  readonly positive: string | undefined;
  /** Events without a label count as 0. */
  readonly unlabelledIsZero: boolean;
}

export interface LabelOptions {
  readonly labels?: string;
  readonly labelId?: string;
  readonly label?: string;
  readonly unlabelled?: string;
}

const TOPIC = 'topic:';

/** Where labels come from. */
export type LabelPlace = { readonly topic: string } | { readonly file: string };

/** What the options say about labels; undefined: there are none. Throws INPUT_INVALID. */
export function labelJoinOf({
  labels,
  labelId,
  label = 'label',
  unlabelled = 'ignore',
}: LabelOptions): { readonly place: LabelPlace; readonly join: LabelJoin } | undefined {
  if (labels === undefined) return undefined;
  if (labelId === undefined)
    throw invalid(
      'labels need the id that joins them with events',
      '--label-id',
      'Name the field: --label-id transactionId, --label-id EVENT_FIELD=LABEL_FIELD, or @key for the key of a record.',
    );
  const [event, own] = halves(labelId);
  const [value, positive] = halves(label);
  const place = labels.startsWith(TOPIC) ? { topic: labels.slice(TOPIC.length) } : { file: labels };
  const joined = { event, label: own ?? event, value, positive };
  if ('file' in place && joined.label === KEY)
    throw invalid(
      'the records of a file have no key',
      '--label-id',
      `Name the field of the file: --label-id ${event}=FIELD.`,
    );
  return { place, join: { ...joined, unlabelledIsZero: unlabelled === '0' } };
}

/** The join in words, for the report. */
export function describeJoin({
  event,
  label,
  value,
  positive,
  unlabelledIsZero,
}: LabelJoin): string {
  const name = (field: string): string => (field === KEY ? 'the key of the record' : field);
  return [
    `${name(event)} of the event = ${name(label)} of the label; the last label of an id counts`,
    positive === undefined ? `1 by ${value}` : `1 where ${value} is ${positive}`,
    unlabelledIsZero ? 'events without a label count as 0' : 'events without a label are left out',
  ].join('; ');
}

function halves(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function invalid(what: string, where: string, remedy: string): ScorerError {
  return new ScorerError({ code: 'INPUT_INVALID', what, where, remedy });
}

/**
 * A label as it is written: 0 or 1, a truth value, or a text that says one of them; null: it is
 * not known. Undefined: it is not a label.
 */
export function labelOf(
  value: unknown,
  { positive }: Pick<LabelJoin, 'positive'>,
): 0 | 1 | null | undefined {
  if (value === null || value === undefined || value === '') return null;
  const plain =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  const text = plain ? String(value) : undefined;
  if (positive !== undefined) return text === undefined ? undefined : text === positive ? 1 : 0;
  if (text === '1' || text === 'true') return 1;
  return text === '0' || text === 'false' ? 0 : undefined;
}
