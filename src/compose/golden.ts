import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blueprint, Draft } from './blueprint.ts';
import { jsonEncoder } from '../decode/avro-json.ts';
import { ScorerError, type Problem } from '../errors.ts';
import { parseExactJson } from '../files/exact-json.ts';
import { BYTE_ORDER_MARK } from '../files/lines.ts';
import type { Settings } from '../config/settings.ts';
import type { InputRecord } from '../flow/record.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { isWritten } from '../flow/written-number.ts';
import type { Bundle } from '../infer/bundle.ts';
import { createStages } from './stages.ts';

/** Largest difference between a golden score and the one the service computes. */
export const GOLDEN_TOLERANCE = 1e-6;

/**
 * So many of them are scored alone as well, and may differ by so much from what they are together.
 */
const MAX_ALONE = 100;
const ALONE_TOLERANCE = 1e-4;

/** Stands in for the id of the schema that golden events are written by. */
const OWN_SCHEMA = 0;

/** So many lines are told, and how many more there are. */
const MAX_REPORTED = 10;

/**
 * Scores a bundle's golden events through the stages that records take, and compares. Answers how
 * many there were; throws MODEL_GOLDEN for those that differ or cannot be read. `writer`: the
 * schema that they are written by, where the blueprint's is newer.
 */
export async function checkGolden(
  blueprint: Blueprint,
  settings: Settings,
  writer?: SchemaNode,
): Promise<number> {
  const { bundle, readers } = blueprint;
  if (bundle.description.golden === undefined) return 0;
  const [[topic, own]] = [...readers] as [[string, SchemaNode]];
  const reader = writer ?? own;
  const { golden, problems } = await readGolden(bundle, reader);
  if (golden.length === 0 && problems.length === 0) return 0;
  if (golden.length === 0) throw told(problems);
  const registry = { byId: () => Promise.resolve(reader) };
  const stages = createStages(blueprint, {
    settings,
    registry,
    schemaId: OWN_SCHEMA,
    now: Date.now,
  });
  const records = golden.map(({ record }) => record);
  const events = await stages.decode({ topic, partition: 0, records, closedBy: 'end' });
  const tensors = stages.map(events);
  const rejected = new Map(events.fates.rejects.map((reject) => [reject.row, reject]));
  const {
    score,
    timedOut = [],
    failed = [],
  } = events.fates.alive === 0 ? { score: [] } : await stages.infer(tensors, records.length);
  const late = new Set(timedOut);
  const failing = new Map(failed.map(({ row, why }) => [row, why]));
  golden.forEach(({ where, score: expected }, row) => {
    const reject = rejected.get(row);
    if (reject !== undefined)
      problems.push(wrong(`the event cannot be scored: ${reject.code}: ${reject.message}`, where));
    else if (late.has(row))
      problems.push(
        wrong('the model did not answer for the event within inference.timeoutMs', where),
      );
    else if (failing.has(row))
      problems.push(wrong(`the model fails at the event: ${failing.get(row)!}`, where));
    else if (!(Math.abs(score[row]! - expected) <= GOLDEN_TOLERANCE))
      problems.push(wrong(`the score is ${score[row]!}, expected ${expected}`, where));
  });
  if (problems.length > 0) throw told(problems);
  for (const [i, record] of records.slice(0, MAX_ALONE).entries()) {
    const one = await stages.decode({ topic, partition: 0, records: [record], closedBy: 'end' });
    const alone = (await stages.infer(stages.map(one), 1)).score[0]!;
    if (sameScore(alone, score[i]!) || blueprint.model.quantisedByBatch) continue;
    const what = `the event has the score ${score[i]!} together with the other golden events, and ${alone} alone`;
    throw new ScorerError({ code: 'MODEL_BATCH_DEPENDENT', what, where: golden[i]!.where });
  }
  return records.length;
}

/**
 * How many golden events are scored as expected, or what is wrong with them: they are scored where
 * the model can be, and read at least where it cannot, or where there is no schema.
 */
export async function lookAtGolden(
  draft: Draft,
  settings: Settings,
): Promise<number | readonly Problem[]> {
  const { scorable, bundle, readers } = draft;
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

interface Golden {
  readonly record: InputRecord;
  readonly score: number;
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
      problems.push(wrong('the line is not {"event": {…}, "score": number}', where));
      continue;
    }
    try {
      golden.push({
        record: asRecord(encode(parsed.event), golden.length),
        score: parsed.score,
        where,
      });
    } catch (error) {
      problems.push(wrong(`the event does not fit the schema: ${(error as Error).message}`, where));
    }
  }
  return { golden, problems };
}

function wrong(what: string, where: string): Problem {
  return { code: 'MODEL_GOLDEN', what, where };
}

/** In the order of the lines; of a file that does not belong to the model at all, not every one. */
function told(problems: readonly Problem[]): ScorerError {
  const line = ({ where }: Problem): number => Number(where!.slice(where!.lastIndexOf(':') + 1));
  const sorted = problems.length > 1 ? [...problems].sort((a, b) => line(a) - line(b)) : problems;
  const more = sorted.length - MAX_REPORTED;
  if (more <= 0) return new ScorerError(sorted);
  const rest = wrong(
    `${more} more of its events are not as expected`,
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

function asRecord(avro: Buffer, i: number): InputRecord {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(OWN_SCHEMA, 1);
  return { offset: String(i), timestamp: '0', key: null, value: Buffer.concat([prefix, avro]) };
}
