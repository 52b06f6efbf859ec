import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { folderVersions } from '../../src/compose/folder-versions.ts';
import { findChampion, openChampion } from '../../src/compose/champion.ts';
import { attemptPlan } from '../../src/compose/plan-attempt.ts';
import type { ScoringPlan } from '../../src/compose/scoring-plan.ts';
import type { Settings } from '../../src/config/settings.ts';
import { jsonEncoder } from '../../src/decode/avro-json.ts';
import { parseSchema } from '../../src/decode/avro-schema.ts';
import type { Fates } from '../../src/flow/fates.ts';
import type { Scores } from '../../src/flow/scores.ts';
import { createStages } from '../../src/compose/stages.ts';
import { batchOf, framed, TOPIC } from '../support/avro-given.ts';

/**
 * Bundles of models as users export them, with what Python's ONNX Runtime scored
 * (make_conformance.py).
 */
export const CONFORMANCE = resolve('test/models/conformance');
export const PAYMENT = JSON.parse(readFileSync(join(CONFORMANCE, 'event.avsc'), 'utf8')) as object;

export interface Expected {
  /** The score of each event. */
  readonly score: readonly number[];
  /** The scores by class of each event; null where none are written. */
  readonly scores: readonly Record<string, number>[] | null;
  /** Whether the numbers have to be the same bit for bit. */
  readonly exact: boolean;
}

export async function conformanceModels(): Promise<string[]> {
  const entries = await readdir(CONFORMANCE, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** The events as Avro bytes. */
export function paymentBytes(): Buffer[] {
  const encode = jsonEncoder(parseSchema(PAYMENT));
  const lines = gunzipSync(readFileSync(join(CONFORMANCE, 'events.jsonl.gz'))).toString().trim().split('\n');
  return lines.map((line) => encode(JSON.parse(line)));
}

export function expectedOf(model: string): Expected {
  const { kind, width, column, classes, exact } = JSON.parse(
    readFileSync(join(CONFORMANCE, model, 'expected.json'), 'utf8'),
  ) as { kind: string; width: number; column: number | null; classes: string[] | null; exact: boolean };
  const raw = gunzipSync(readFileSync(join(CONFORMANCE, model, 'scores.gz')));
  const values = kind === 'f64' ? new Float64Array(raw.buffer, raw.byteOffset, raw.length / 8) : new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4);
  const rows = Array.from({ length: values.length / width }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);
  return {
    exact,
    score: rows.map((row) => (column === null ? Math.max(...row) : row[column]!)),
    scores: classes && rows.map((row) => Object.fromEntries(classes.map((name, i) => [name, row[i]!]))),
  };
}

/** Loads the newest version below `dir` for events of a schema; throws with every problem. */
export async function planOf(dir: string, schema: object = PAYMENT, compileTrees = true): Promise<ScoringPlan> {
  const settings = {
    name: 'test',
    input: {},
    model: { dir, champion: 'latest' },
    inference: { threads: 1, compileTrees },
    output: { carry: [], schemaName: 'Score', namespace: 'stream_scorer' },
  } as unknown as Settings;
  const readers = new Map([[TOPIC, parseSchema(schema)]]);
  const champion = await openChampion(await findChampion(folderVersions(dir), 'latest'), settings);
  const { plan, problems } = await attemptPlan(settings, () => Promise.resolve({ readers, problems: [] }), champion);
  if (plan === undefined) throw new Error(JSON.stringify(problems, null, 1));
  return plan;
}

export type ScoreEvents = (events: readonly Buffer[]) => Promise<Scores & { readonly fates: Fates }>;

/**
 * Scores events, given as Avro bytes of the plan's own schema, through the stages that records
 * take.
 */
export function scorerOf(plan: ScoringPlan): ScoreEvents {
  const reader = plan.stream.readers.get(TOPIC)!;
  const stages = createStages(plan, {
    settings: { input: {}, schemaRegistry: { unknownIdRetryMs: 0 } } as Settings,
    registry: { byId: () => Promise.resolve(reader) },
    schemaId: 0,
    now: () => 0,
  });
  return async (events) => {
    const decoded = await stages.decode(batchOf(events.map((event) => framed(0, event))));
    return { ...(await stages.infer(stages.map(decoded), events.length)), fates: decoded.fates };
  };
}
