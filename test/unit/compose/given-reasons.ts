import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openPlan } from '../../../src/compose/open-plan.ts';
import { createScoreBatch } from '../../../src/compose/score-batch.ts';
import type { ScoringPlan } from '../../../src/compose/scoring-plan.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { jsonEncoder } from '../../../src/decode/avro-json.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { TRANSACTION_SCHEMA } from '../../../src/demo/simulate/transaction.ts';
import type { InputRecord } from '../../../src/flow/record.ts';
import type { Started } from '../../../src/runtime/lifecycle.ts';
import { framed } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';

const NODE = parseSchema(TRANSACTION_SCHEMA);
export const READER = { byId: () => Promise.resolve(NODE) };

/** An event of the example's golden events. */
export type Transaction = Record<string, unknown> & { readonly amount: number };

export async function goldenEvents(): Promise<Transaction[]> {
  const lines = (await readFile('models/fraud/1/golden.jsonl', 'utf8')).trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { event: Transaction }).event);
}

const encode = jsonEncoder(NODE);
export const recordOf = (event: Transaction, offset = 0): InputRecord => ({
  offset,
  timestamp: 0,
  key: Buffer.from(`k${offset}`),
  value: framed(1, encode(event)),
});

/** The model of the example in a folder of its own, with this background and more of model.yaml. */
export async function bundleWith(
  background: readonly unknown[] | undefined,
  yaml = '',
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reasons-'));
  await cp(resolve('models/fraud/1'), join(folder, '1'), { recursive: true });
  const file = join(folder, '1', 'model.yaml');
  const plain = (await readFile(file, 'utf8')).replaceAll(
    /^(background|profile|labels):.*\n( .*\n)*/gm,
    '',
  );
  const named = background === undefined ? '' : 'background: background.jsonl\n';
  await writeFile(file, `${plain}${named}${yaml}`);
  if (background !== undefined)
    await writeFile(
      join(folder, '1', 'background.jsonl'),
      background.map((event) => `${JSON.stringify(event)}\n`).join(''),
    );
  return folder;
}

export async function settingsFor(folder: string, sections: string): Promise<Settings> {
  const text = `name: fraud
kafka: { brokers: [localhost:9092] }
schemaRegistry: { url: http://localhost:8081 }
input: { topics: [in] }
output: { topic: out }
model: { dir: ${folder} }
${sections}`;
  const given = { file: 'scorer.yaml', cwd: folder, env: {} };
  return (await loadConfig({ ...given, readFile: () => Promise.resolve(text) })).settings;
}

export const opened = (settings: Settings): Promise<Started<ScoringPlan>> =>
  openPlan(
    settings,
    () => Promise.resolve({ readers: new Map([['in', NODE]]), problems: [] }),
    new AbortController().signal,
    () => undefined,
  );

export interface ScoreRecord {
  readonly score: number;
  readonly decision: { readonly string: string } | null;
  readonly reasons: readonly {
    readonly feature: string;
    readonly value: unknown;
    readonly contribution: number;
    readonly code: unknown;
  }[];
}

/** The score records of events, in their order. */
export async function scoresOf(
  plan: ScoringPlan,
  settings: Settings,
  events: readonly Transaction[],
): Promise<readonly ScoreRecord[]> {
  const score = createScoreBatch(plan, { settings, registry: READER, topic: 'in' });
  const records = events.map(recordOf);
  const outcome = await score({ topic: 'in', partition: 0, records, closedBy: 'end' });
  const type = plainType(plan.stream.scoreSchema);
  return outcome.records.map(
    ({ value }) => type.fromBuffer(value!.subarray(5)) as unknown as ScoreRecord,
  );
}
