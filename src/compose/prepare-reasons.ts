import type { Settings } from '../config/settings.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { Attributions } from '../flow/attributions.ts';
import { takeRows } from '../flow/take-rows.ts';
import { nearest } from '../runtime/nearest.ts';
import { readBackground } from './background.ts';
import type { ModelVersion, ScoringPlan } from './scoring-plan.ts';
import {
  atOnce,
  explainedFields,
  keepPrepared,
  preparedReasons,
  type PreparedReasons,
} from './version-reasons.ts';

/** Events whose explanations are tried, and timed. */
const TRIED_EVENTS = 16;

/** The time for an event, if there is none to try. */
const ASSUMED_MS = 100;

/**
 * Prepares the reasons of the version of a plan, and tries them. Returns what is wrong: the bundle
 * has no background, or the model cannot be explained in the wanted way.
 */
export async function prepareReasons(
  plan: ScoringPlan | undefined,
  settings: Settings,
  signal?: AbortSignal,
): Promise<readonly Problem[]> {
  if (settings.explain === undefined || plan === undefined) return [];
  const [version] = plan.versions;
  if (preparedReasons(version.model) !== undefined) return [];
  try {
    const problems = labelProblems(version);
    if (problems.length > 0) return problems;
    keepPrepared(version.model, await prepared(plan, version, settings, signal));
    return [];
  } catch (error) {
    if (error instanceof ScorerError) return error.problems;
    throw error;
  }
}

async function prepared(
  plan: ScoringPlan,
  version: ModelVersion,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<PreparedReasons> {
  const { method, budget, relativeTo } = settings.explain!;
  const { bundle, model } = version;
  const explainer = model.explainer!;
  const { background } = bundle.description;
  if (background === undefined && relativeTo === 'threshold')
    throw withoutBackground(bundle.yamlFile, 'explain.relativeTo: threshold needs one');
  const { tensors, rows } = await readBackground(plan, version, settings, signal);
  const by = await explainer
    .prepare({ tensors, rows, ...columnFields(version), method, budget })
    .catch((error: unknown) => {
      const isImpossible = error instanceof ScorerError && error.code === 'EXPLAIN_IMPOSSIBLE';
      if (background !== undefined || !isImpossible) throw error;
      throw withoutBackground(bundle.yamlFile, error.problems[0]!.what);
    });
  const shared = { by, explainer, events: rows };
  if (rows === 0) return { ...shared, eventMs: ASSUMED_MS, threshold: undefined, error: undefined };
  const explained = async (from: number, count: number): Promise<Attributions> => {
    const some = Array.from({ length: count }, (_, i) => from + i);
    const attributions = await explainer.explain(takeRows(tensors, some), count);
    if (!attributions.values.every(Number.isFinite))
      throw impossible(
        bundle.yamlFile,
        'a contribution to the score of an event of the background is not a finite number',
      );
    return attributions;
  };
  const tried = Math.min(rows, TRIED_EVENTS);
  const started = performance.now();
  const first = await explained(0, tried);
  const eventMs = (performance.now() - started) / tried;
  const { timeoutMs } = settings.inference;
  if (eventMs > timeoutMs)
    throw impossible(
      bundle.yamlFile,
      `to explain one event takes ${Math.ceil(eventMs)} ms, and inference.timeoutMs allows ${timeoutMs}`,
    );
  const error = middle(first.errors);
  if (relativeTo !== 'threshold') return { ...shared, eventMs, threshold: undefined, error };
  const values = new Float64Array(rows * first.columns);
  values.set(first.values);
  const step = atOnce(eventMs, timeoutMs);
  for (let from = tried; from < rows; from += step)
    values.set((await explained(from, Math.min(step, rows - from))).values, from * first.columns);
  const { score: scores } = await model.score(tensors, rows);
  return { ...shared, eventMs, threshold: { scores, attributions: { ...first, values } }, error };
}

function impossible(where: string, what: string): ScorerError {
  return new ScorerError({ code: 'EXPLAIN_IMPOSSIBLE', what, where });
}

function withoutBackground(where: string, why: string): ScorerError {
  const what = `the bundle names no background, and its reasons need one: ${why}`;
  return new ScorerError({ code: 'EXPLAIN_BACKGROUND', what, where });
}

function middle(errors: Float64Array | undefined): number | undefined {
  return errors?.toSorted()[Math.floor(errors.length / 2)];
}

/** The fields that a version reads, each once, and the field of each column of its tensors. */
function columnFields({ contract }: ModelVersion): {
  readonly fields: number;
  readonly fieldOf: readonly (readonly number[])[];
} {
  const numbers = new Map<string, number>();
  const numberOf = (field: string): number => {
    const number = numbers.get(field) ?? numbers.size;
    numbers.set(field, number);
    return number;
  };
  const fieldOf = contract.inputs.map(({ columns, width }) => {
    const fields = new Array<number>(width).fill(0);
    for (const { spec, at, step, width: count } of columns) {
      const number = numberOf(spec.field);
      for (let i = 0; i < count; i++) fields[at + i * step] = number;
    }
    return fields;
  });
  return { fields: numbers.size, fieldOf };
}

/** Labels of fields that the model does not read, and groups with several codes. */
function labelProblems(version: ModelVersion): Problem[] {
  const { bundle } = version;
  const { labels } = bundle.description;
  const fields = explainedFields(version).map(({ field }) => field);
  const problems = Object.keys(labels)
    .filter((name) => !fields.includes(name) && !/^(rule|list):/.test(name))
    .map((name): Problem => {
      const near = nearest(name, fields);
      return {
        code: 'MODEL_INVALID',
        what: `${name} is not a field that the model reads`,
        where: `${bundle.yamlFile} labels`,
        remedy: near === undefined ? 'Remove it.' : `Did you mean ${near}?`,
      };
    });
  const codes = new Map<string, Set<string>>();
  for (const { group, code } of Object.values(labels))
    if (group !== undefined && code !== undefined)
      codes.set(group, (codes.get(group) ?? new Set<string>()).add(code));
  for (const [group, several] of codes)
    if (several.size > 1)
      problems.push({
        code: 'MODEL_INVALID',
        what: `the fields of the group ${group} have different codes: ${[...several].join(', ')}`,
        where: `${bundle.yamlFile} labels`,
        remedy: 'A group is one reason, so give all of its fields the same code.',
      });
  return problems;
}
