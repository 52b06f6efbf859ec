import type { Check } from './checks.ts';
import type { Explanation, ExplainedColumn } from './explanation.ts';
import { describePlace } from './place.ts';
import { textColumns } from './text-columns.ts';

/** An explanation for people. */
export function textReport(explanation: Explanation): string {
  const { event, score, copies, model, policy, columns, checks, missing, notes } = explanation;
  const head: [string, string][] = [
    ['event', event === null ? 'not found' : placeAndTime(describePlace(event), event.time)],
    ['score', scoreLine(explanation)],
  ];
  for (const copy of copies.slice(1)) {
    const says = copy.same ? 'says the same' : `says something else (${copy.different.join(', ')})`;
    head.push(['  copy', `${placeAndTime(describePlace(copy), copy.scoredAt)}, ${says}`]);
  }
  if (model !== null)
    head.push([
      'model',
      `${model.name} ${model.version}, sha256 ${model.sha256}, from ${model.folder}`,
    ]);
  if (policy !== null)
    head.push(['policy', `${policy.label ?? '(no label)'}, sha256 ${policy.sha256}`]);
  const lines = [
    ...head.map(([name, text]) => `${name.padEnd(8)} ${text}`),
    ...section('columns', columnLines(columns)),
    ...section(score === null ? 'score' : 'recorded and recomputed', checkLines(checks)),
    ...section('what would have to be different', changeLines(explanation)),
    ...missing.flatMap(({ what, code, why, remedy }) => [
      '',
      `missing: ${what}`,
      `  ${code}  ${why}`,
      ...(remedy === undefined ? [] : [`  remedy  ${remedy}`]),
    ]),
    ...section('notes', notes),
    '',
    verdictLine(explanation),
    '',
  ];
  return lines.join('\n');
}

const VERDICTS = {
  matches: 'matches: every field is the same, bit for bit',
  differs: 'differs: at least one field is not what was recorded',
  incomplete: 'incomplete: not everything could be compared',
};

function verdictLine({ verdict, checks, copies }: Explanation): string {
  if (verdict === 'matches' && isClose(checks))
    return 'matches: the score is within the tolerance, and every other field is the same';
  const others = copies.filter(({ same }) => !same).length;
  const alone = !checks.some(({ result }) => result === 'differs');
  if (others > 0 && alone)
    return `differs: ${others} of ${copies.length} score records of the event ${others === 1 ? 'says' : 'say'} something else than the first one`;
  return VERDICTS[verdict];
}

/** A tolerance was needed. */
const isClose = (checks: readonly Check[]): boolean =>
  checks.some(
    ({ field, result, why }) => field === 'score' && result === 'same' && why !== undefined,
  );

function scoreLine({ score, copies }: Explanation): string {
  if (score === null) return 'not found';
  const [first] = copies;
  const more = copies.length > 1 ? ` (the first of ${copies.length})` : '';
  return `${placeAndTime(describePlace(score), first?.scoredAt ?? null)}${more}`;
}

const placeAndTime = (place: string, time: string | null): string =>
  time === null ? place : `${place}, ${time}`;

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function columnLines(columns: readonly ExplainedColumn[]): string[] {
  if (columns.length === 0) return [];
  const rows = columns.map(({ field, value, input, type, column, tensor, how }) => [
    field,
    shown(value),
    `${input}[${tensor.length === 1 ? column : `${column}…`}]`,
    type,
    several(tensor.map(String)),
    how,
  ]);
  return textColumns([['field', 'value', 'column', 'type', 'tensor', 'how'], ...rows]);
}

function checkLines(checks: readonly Check[]): string[] {
  if (checks.length === 0) return [];
  const rows = checks.map(({ field, recorded, recomputed, result, why }) => [
    field,
    shown(recorded),
    result === 'same' && JSON.stringify(recorded) === JSON.stringify(recomputed)
      ? ''
      : shown(recomputed),
    why === undefined ? result : `${result}: ${why}`,
  ]);
  return textColumns([['field', 'recorded', 'recomputed', 'result'], ...rows]);
}

function changeLines({ counterfactual: changes }: Explanation): string[] {
  if (changes === undefined) return [];
  if (changes.length === 0) return ['no change of one field was found that changes the decision'];
  const rows = changes.map(({ field, from, to, decision, distance }) => [
    field,
    shown(from),
    shown(to),
    decision,
    distance === null ? '' : `${distance.toPrecision(2)} standard deviations`,
  ]);
  return textColumns([['field', 'value', 'instead', 'decision', 'distance'], ...rows]);
}

const MAX_SHOWN = 8;
const MAX_TEXT = 60;

function several(texts: readonly string[]): string {
  const more = texts.length > MAX_SHOWN ? ` … (${texts.length})` : '';
  return `${texts.slice(0, MAX_SHOWN).join(' ')}${more}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value) && value.length > MAX_SHOWN && typeof value[0] !== 'object')
    return several(value.map(String));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
