// `npm run bench -- pipeline`: what parts of the configuration cost for each event on its way through
// the pipeline, without Kafka, so that small costs are seen.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createScoreBatch } from '../src/compose/score-batch.ts';
import { configuredChampion } from '../src/compose/configured-champion.ts';
import { openChampion } from '../src/compose/champion.ts';
import { createMonitors } from '../src/compose/monitors.ts';
import { attemptPlan } from '../src/compose/plan-attempt.ts';
import { prepareReasons } from '../src/compose/prepare-reasons.ts';
import { createReports } from '../src/compose/reports.ts';
import { parseSchema } from '../src/decode/avro-schema.ts';
import { TRANSACTION_SCHEMA } from '../src/demo/simulate/transaction.ts';
import { ScorerError } from '../src/errors.ts';
import type { Batch } from '../src/flow/batch.ts';
import type { Outcome } from '../src/flow/outcome.ts';
import { createLogger } from '../src/observe/logger.ts';
import { groupsOfBatches, middle, MODELS, settingsFor, TOPIC } from './in-memory.ts';

const ROWS = 1024;
/** Batches of so many partitions are scored at the same time. */
const PARTITIONS = 4;
/** Of each: so many that their events, and the ids of them, are in no cache. */
const BATCHES = 48;
const ROUNDS = 15;
const WARM_UP = 3;

const DRIFT = ['drift={}'];
const FAIRNESS = ['fairness={by: [customer.ageBand, merchant.country], favourable: [APPROVE]}'];
const LABELS = ['labels={topic: bench-labels, id: transactionId, label: fraud, horizonDays: 30}'];
const reasons = (decisions: string): string[] => [`explain={decisions: [${decisions}], top: 4}`];
const ALARMS = 'REVIEW, REJECT';

/** Parts of the configuration, beside a policy of three bands. */
const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  'bands alone': [],
  'reasons for REVIEW and REJECT': reasons(ALARMS),
  drift: DRIFT,
  fairness: FAIRNESS,
  'labels (quality)': LABELS,
  'all of them': [...reasons(ALARMS), ...DRIFT, ...FAIRNESS, ...LABELS],
};

type Score = (batch: Batch) => Promise<Outcome>;

/** Prints what it measures, in CPU time of this process. */
export async function measurePipeline(say: (line: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-pipeline-'));
  try {
    const given = groupsOfBatches({ groups: BATCHES, partitions: PARTITIONS, rows: ROWS });
    const subjects = [];
    for (const [name, own] of Object.entries(SUBJECTS))
      subjects.push({ name, ...(await opened(folder, own)), took: [] as number[] });
    for (let i = -WARM_UP; i < ROUNDS; i++)
      for (const [at, group] of given.entries())
        // one after the other within milliseconds: the machine has one speed for all of them
        for (let turn = 0; turn < subjects.length; turn++) {
          const { score, took } = subjects[(at + turn) % subjects.length]!;
          const micros = await microsOf(score, group);
          if (i >= 0) took.push(micros / (PARTITIONS * ROWS));
        }
    const [base, ...others] = subjects;
    say(`${base!.name}: ${middle(base!.took)} µs an event`);
    for (const { name, took } of others)
      say(`  with ${name}: + ${middle(took.map((micros, i) => micros - base!.took[i]!))}`);
    for (const { release } of subjects) await release();
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function microsOf(score: Score, group: readonly Batch[]): Promise<number> {
  const before = process.cpuUsage();
  const outcomes = await Promise.all(group.map((batch) => score(batch)));
  for (const { observation } of outcomes) observation?.record();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function opened(
  folder: string,
  sets: readonly string[],
): Promise<{ readonly score: Score; readonly release: () => Promise<void> }> {
  const settings = await settingsFor(folder, MODELS, sets);
  const { signal } = new AbortController();
  const reader = parseSchema(TRANSACTION_SCHEMA);
  const found = await configuredChampion(settings, { note: () => undefined, signal });
  const { plan, problems, model } = await attemptPlan(
    settings,
    () => Promise.resolve({ readers: new Map([[TOPIC, reader]]), problems: [] }),
    await openChampion(found, settings),
  );
  const wrong = [...problems, ...(await prepareReasons(plan, settings))];
  if (plan === undefined || wrong.length > 0) throw new ScorerError(wrong);
  const reports = createReports(settings, createLogger('error', 'bench'));
  const score = createScoreBatch(plan, {
    settings,
    registry: { byId: () => Promise.resolve(reader) },
    topic: TOPIC,
    monitors: createMonitors(settings, reports).observers,
  });
  return { score, release: async () => model?.release() };
}
