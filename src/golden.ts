import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blueprint } from './blueprint.ts';
import { jsonEncoder } from './decode/avro-json.ts';
import { ScorerError } from './errors.ts';
import { parseExactJson } from './files/exact-json.ts';
import { BYTE_ORDER_MARK } from './files/lines.ts';
import type { Settings } from './config/settings.ts';
import type { InputRecord } from './flow/record.ts';
import type { Shape } from './flow/shape.ts';
import { createStages } from './stages.ts';

/** Largest difference between a golden score and the one the service computes. */
export const GOLDEN_TOLERANCE = 1e-6;

interface Golden {
  readonly event: unknown;
  readonly score: number;
}

/** So many of them are scored alone as well, and may differ by so much from what they are together. */
const MOST_ALONE = 100;
const ALONE_TOLERANCE = 1e-4;

/** Stands in for the id of the schema that golden events are written by. */
const OWN_SCHEMA = 0;

/**
 * Scores a bundle's golden events through the stages that records take, and compares. Answers how many there were;
 * throws MODEL_GOLDEN for the first that differs, or for a file that cannot be read. `writer`: the schema that they are
 * written by, where the blueprint's is newer.
 */
export async function checkGolden(blueprint: Blueprint, settings: Settings, writer?: Shape): Promise<number> {
  const { bundle, readers } = blueprint;
  const { golden } = bundle.description;
  if (golden === undefined) return 0;
  const [[topic, own]] = [...readers] as [[string, Shape]];
  const reader = writer ?? own;
  const registry = { byId: () => Promise.resolve(reader) };
  const stages = createStages(blueprint, { settings, registry, schemaId: OWN_SCHEMA, now: Date.now });
  const file = join(bundle.folder, golden);
  const fail = (what: string, line?: number): ScorerError =>
    new ScorerError({ code: 'MODEL_GOLDEN', what, where: line === undefined ? file : `${file}:${line}` });

  const text = await readFile(file, 'utf8').catch(() => {
    throw fail('the file of golden events cannot be read');
  });
  const encode = jsonEncoder(reader);
  const rows = (text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text)
    .split('\n')
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const expected = rows.map(({ line, number }) => parse(line, (what) => fail(what, number)));
  const records = expected.map(({ event }, i): InputRecord => {
    try {
      return asRecord(encode(event), i);
    } catch (error) {
      throw fail(`the event does not fit the schema: ${(error as Error).message}`, rows[i]!.number);
    }
  });

  const events = await stages.decode({ topic, partition: 0, records, closedBy: 'end' });
  const tensors = stages.map(events);
  const reject = events.fates.rejects[0];
  if (reject !== undefined)
    throw fail(`the event cannot be scored: ${reject.code}: ${reject.message}`, rows[reject.row]!.number);
  const { score, timedOut = [] } = await stages.infer(tensors, records.length);
  const [slow] = timedOut;
  if (slow !== undefined)
    throw fail('the model did not answer for the event within inference.timeoutMs', rows[slow]!.number);
  expected.forEach((golden, i) => {
    if (Math.abs(score[i]! - golden.score) <= GOLDEN_TOLERANCE) return;
    throw fail(`the score is ${score[i]!}, expected ${golden.score}`, rows[i]!.number);
  });
  for (const [i, record] of records.slice(0, MOST_ALONE).entries()) {
    const one = await stages.decode({ topic, partition: 0, records: [record], closedBy: 'end' });
    const alone = (await stages.infer(stages.map(one), 1)).score[0]!;
    if (sameScore(alone, score[i]!) || blueprint.model.quantisedByBatch) continue;
    const what = `the event has the score ${score[i]!} together with the other golden events, and ${alone} alone`;
    throw new ScorerError({ code: 'MODEL_BATCH_DEPENDENT', what, where: `${file}:${rows[i]!.number}` });
  }
  return records.length;
}

function sameScore(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= ALONE_TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
}

function parse(line: string, fail: (what: string) => ScorerError): Golden {
  try {
    const golden = parseExactJson(line) as Partial<Golden>;
    if (typeof golden.score === 'number' && golden.event !== undefined) return golden as Golden;
  } catch {
    // the same words for both
  }
  throw fail('the line is not {"event": {…}, "score": number}');
}

function asRecord(avro: Buffer, i: number): InputRecord {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(OWN_SCHEMA, 1);
  return { offset: String(i), timestamp: '0', key: null, value: Buffer.concat([prefix, avro]) };
}
