import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonEncoder } from '../decode/avro-json.ts';
import { ScorerError, type Problem } from '../errors.ts';
import { parseExactJson } from '../files/exact-json.ts';
import { BYTE_ORDER_MARK } from '../files/lines.ts';
import type { Settings } from '../config/settings.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { isWritten } from '../flow/written-number.ts';
import type { Bundle } from '../infer/bundle.ts';
import type { PlanAttempt } from './plan-attempt.ts';
import {
  createScoreEvents,
  type EventBytes,
  type Rejected,
  type ScoredEvent,
} from './score-events.ts';
import type { ScoringPlan } from './scoring-plan.ts';

/** Largest difference between a golden score and the one the service computes. */
const GOLDEN_TOLERANCE = 1e-6;

/** This many of them are scored alone as well. The two scores may differ by this much. */
const MAX_ALONE = 100;
const ALONE_TOLERANCE = 1e-4;

/** This many lines are reported, and the number of the others. */
const MAX_REPORTED = 10;

/**
 * Scores the golden events of the deciding version through the pipeline of the records, and
 * compares the scores. Returns how many there were. Throws MODEL_GOLDEN for those that differ or
 * cannot be read. `writer`: their schema, if the plan has a newer one.
 */
export async function checkGolden(
  plan: ScoringPlan,
  settings: Settings,
  writer?: SchemaNode,
): Promise<number> {
  const [{ bundle, model }] = plan.versions;
  if (bundle.description.golden === undefined) return 0;
  const [own] = plan.stream.readers.values() as Iterable<SchemaNode> as [SchemaNode];
  const reader = writer ?? own;
  const { golden, problems } = await readGolden(bundle, reader);
  if (golden.length === 0 && problems.length === 0) return 0;
  if (golden.length === 0) throw told(problems);
  // Golden events have scores and no decisions, so the policy does not see them.
  const undecided = { ...plan, stream: { ...plan.stream, policy: undefined } };
  const scoreEvents = createScoreEvents(undecided, { settings, writer: reader });
  const together = await scoreEvents(golden);
  golden.forEach(({ where, expected }, i) => {
    const problem = difference(together[i], expected);
    if (problem !== undefined) problems.push(wrong(problem, where));
  });
  if (problems.length > 0) throw told(problems);
  if (model.quantisedByBatch) return golden.length;
  for (const [i, event] of golden.slice(0, MAX_ALONE).entries()) {
    const [alone] = await scoreEvents([event]);
    const { score } = together[i] as ScoredEvent;
    if (isScored(alone) && sameScore(alone.score, score)) continue;
    const other = isScored(alone)
      ? `${alone.score} when it is scored alone`
      : `no score when it is scored alone: ${why(alone)}`;
    const what = `the event has the score ${score} when it is scored with the other golden events, but ${other}`;
    throw new ScorerError({ code: 'MODEL_BATCH_DEPENDENT', what, where: event.where });
  }
  return golden.length;
}

function difference(result: Result, expected: number): string | undefined {
  if (!isScored(result)) return `the event cannot be scored: ${why(result)}`;
  return Math.abs(result.score - expected) <= GOLDEN_TOLERANCE
    ? undefined
    : `the score is ${result.score}, expected ${expected}`;
}

type Result = ScoredEvent | Rejected | undefined;

const isScored = (result: Result): result is ScoredEvent =>
  result !== undefined && 'score' in result;

const why = (result: Rejected | undefined): string =>
  result === undefined ? 'input.skipWhenNull skips it' : `${result.code}: ${result.message}`;

/**
 * How many golden events have their expected score, or what is wrong with them. Without a model
 * that can run, or without a schema, they are only read.
 */
export async function lookAtGolden(
  attempt: PlanAttempt,
  settings: Settings,
): Promise<number | readonly Problem[]> {
  const { scorable, bundle, readers } = attempt;
  try {
    if (scorable !== undefined) return await checkGolden(scorable, settings);
    if (bundle?.description.golden === undefined) return 0;
    const [reader] = readers.values();
    const { problems } = await readGolden(bundle, reader);
    return problems.length === 0 ? 0 : told(problems).problems;
  } catch (error) {
    if (!(error instanceof ScorerError)) throw error;
    return error.problems;
  }
}

interface Golden extends EventBytes {
  readonly expected: number;
  readonly where: string;
}

async function readGolden(
  bundle: Bundle,
  reader: SchemaNode | undefined,
): Promise<{ golden: readonly Golden[]; problems: Problem[] }> {
  const file = join(bundle.folder, bundle.description.golden!);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined)
    return { golden: [], problems: [wrong('the file of golden events cannot be read', file)] };
  const encode = reader === undefined ? () => Buffer.alloc(0) : jsonEncoder(reader);
  const problems: Problem[] = [];
  const golden: Golden[] = [];
  const lines = (text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text).split('\n');
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const where = `${file}:${i + 1}`;
    const parsed = parse(line);
    if (parsed === undefined) {
      problems.push(
        wrong('the line does not have the form {"event": {…}, "score": number}', where),
      );
      continue;
    }
    try {
      const avro = encode(parsed.event);
      golden.push({ index: golden.length, avro, expected: parsed.score, where });
    } catch (error) {
      problems.push(wrong(`the event does not fit the schema: ${(error as Error).message}`, where));
    }
  }
  return { golden, problems };
}

function wrong(what: string, where: string): Problem {
  return { code: 'MODEL_GOLDEN', what, where };
}

/**
 * In the order of the lines. If the file does not belong to the model at all, not every line is
 * reported.
 */
function told(problems: readonly Problem[]): ScorerError {
  const line = ({ where }: Problem): number => Number(where!.slice(where!.lastIndexOf(':') + 1));
  const sorted = problems.length > 1 ? [...problems].sort((a, b) => line(a) - line(b)) : problems;
  const more = sorted.length - MAX_REPORTED;
  if (more <= 0) return new ScorerError(sorted);
  const rest = wrong(
    `${more} more golden events do not have the expected score`,
    sorted[0]!.where!.replace(/:\d+$/, ''),
  );
  return new ScorerError([...sorted.slice(0, MAX_REPORTED), rest]);
}

function sameScore(a: number, b: number): boolean {
  return (
    Object.is(a, b) || Math.abs(a - b) <= ALONE_TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b))
  );
}

function parse(line: string): { readonly event: unknown; readonly score: number } | undefined {
  try {
    const golden = parseExactJson(line) as { event?: unknown; score?: unknown } | null;
    const { event, score } = golden ?? {};
    return isWritten(score) && event !== undefined ? { event, score: Number(score) } : undefined;
  } catch {
    return undefined;
  }
}
