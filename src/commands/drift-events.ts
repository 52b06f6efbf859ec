import { basename } from 'node:path';
import { DriftComparison } from '../compose/drift-comparison.ts';
import { createEventFacts } from '../compose/event-facts.ts';
import { seeEvents } from '../compose/profile-events.ts';
import type { ScoringPlan } from '../compose/scoring-plan.ts';
import type { Settings } from '../config/settings.ts';
import { progressBar } from '../files/progress.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { createDriftObserver } from '../monitor/drift-observer.ts';
import type { DriftReport } from '../monitor/drift-report.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { ScoreContext } from './context.ts';
import { openOffline, type OfflineOptions } from './offline-input.ts';

/** Scores events, and compares them with the profile. */
export async function driftOfEvents(
  plan: ScoringPlan,
  settings: Settings,
  options: OfflineOptions,
  context: ScoreContext,
  running: Lifecycle,
): Promise<DriftReport> {
  const { err, stop, errTerminal } = context;
  const [champion] = plan.versions;
  const comparison = new DriftComparison(champion, settings);
  const { profile, references, monitor } = comparison;
  const observe = createDriftObserver({
    ...references,
    monitor,
    score: profile.score,
    model: champion.model.identity,
    hours: profile.hourOfWeek !== undefined,
  });
  const [reader] = plan.stream.readers.values() as Iterable<SchemaNode> as [SchemaNode];
  const { source, read, close } = await openOffline(options, context, settings, reader, running);
  const { registry, topic } = source;
  const paths = { time: options.time };
  const facts = createEventFacts({ paths, labels: undefined, settings, registry, topic, reader });
  const bar = errTerminal ? progressBar(err, Date.now) : undefined;
  const waiting = new Set<string>();
  try {
    const unscored = await seeEvents({
      plan,
      settings,
      source,
      every: options.every,
      timesOf: async (batch) => (await facts(batch)).time!,
      signal: stop,
      see: ({ batch, events, outcome, times }) => {
        const timed = batch.records.map((record, row) => ({
          ...record,
          timestamp: Number.isNaN(times[row]) ? -1 : times[row]!,
        }));
        observe({ ...events, batch: { ...batch, records: timed } }, [], outcome.scores!)?.record();
      },
      onBatch: (share) => {
        bar?.show({ bytes: read.bytes, total: read.total, events: monitor.events, share });
      },
      onRetry: ({ code, problems }) => {
        if (!waiting.has(code)) err(`waiting: ${code}  ${problems[0]!.what}\n`);
        waiting.add(code);
      },
    });
    return comparison.report({
      input: options.topic === undefined ? basename(options.input!) : `topic ${options.topic}`,
      unscored: Object.fromEntries(unscored),
    });
  } finally {
    bar?.clear();
    close();
  }
}
