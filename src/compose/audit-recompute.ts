import type { ScoreFields } from '../audit/checks.ts';
import type { ExplainedColumn } from '../audit/explanation.ts';
import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { InputRecord } from '../flow/record.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { explainedColumns } from './audit-columns.ts';
import { scoreObject } from './carried-json.ts';
import { createScoreBatch } from './score-batch.ts';
import type { ScoringPlan } from './scoring-plan.ts';

/** An event that is scored once more. */
export interface PastEvent {
  readonly record: InputRecord;
  /** When it was scored, in ms since the epoch: entries of lists expire. */
  readonly scoredAt: number;
}

/** What scoring the event again comes to. */
export type Recomputed = RecomputedScore | { readonly code: string; readonly why: string };

export interface RecomputedScore extends ScoreFields {
  readonly columns: readonly ExplainedColumn[];
}

export interface RecomputeOptions {
  readonly plan: ScoringPlan;
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  /** The input topic. */
  readonly topic: string;
  readonly signal: AbortSignal;
}

export type Recompute = (
  partition: number,
  events: readonly PastEvent[],
) => Promise<readonly Recomputed[]>;

const SKIPPED = { code: 'SKIPPED', why: 'the event is skipped: it has nothing to score' } as const;

/** Scores past events again, through the pipeline of the stream. */
export function createRecompute(options: RecomputeOptions): Recompute {
  const { plan, settings, registry, topic, signal } = options;
  const [version] = plan.versions;
  const object = scoreObject(plan.stream.scoreSchema);
  let scoredAt = 0;
  let columns: (row: number) => readonly ExplainedColumn[] = () => [];
  const score = createScoreBatch(plan, {
    settings,
    registry,
    topic,
    now: () => scoredAt,
    onScored: (events, tensors) => {
      columns = (row) => explainedColumns(version, events, tensors, row);
      return undefined;
    },
  });
  const timed = (plan.stream.policy?.compiled.lists.length ?? 0) > 0;

  async function together(
    partition: number,
    events: readonly PastEvent[],
  ): Promise<readonly Recomputed[]> {
    scoredAt = events[0]!.scoredAt;
    const records = events.map(({ record }) => record);
    const batch = { topic, partition, records, closedBy: 'end' } as const;
    const outcome = await untilAvailable(() => score(batch), { signal });
    const results = events.map((): Recomputed => SKIPPED);
    for (const [i, row] of outcome.rows.entries())
      results[row] = {
        score: outcome.scores!.score[row]!,
        fields: object(outcome.records[i]!.value!),
        columns: columns(row),
      };
    for (const { row, code, message } of outcome.fates.rejects)
      results[row] = { code, why: message };
    return results;
  }

  return async function recompute(partition, events) {
    if (!timed) return together(partition, events);
    const results: Recomputed[] = [];
    for (const event of events) results.push(...(await together(partition, [event])));
    return results;
  };
}
