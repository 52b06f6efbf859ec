import { DriftComparison } from '../compose/drift-comparison.ts';
import { openRegistry, rangeReaderOf } from '../compose/offline-kafka.ts';
import { readRecordedDrift } from '../compose/recorded-drift.ts';
import type { ScoringPlan } from '../compose/scoring-plan.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { DriftReport } from '../monitor/drift-report.ts';
import { MergedCounts } from '../monitor/merged-counts.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { OfflineOptions } from './offline-input.ts';
import { boundsOf } from './range-options.ts';

/** Throws INPUT_INVALID with the options that only fit events. */
export function checkRecorded({ input, topic, time, every }: OfflineOptions): void {
  const given = { '--input': input, '--topic': topic, '--time': time };
  const wrong = Object.entries(given).filter(([, value]) => value !== undefined);
  if (every !== 1) wrong.push(['--every', String(every)]);
  const problems = wrong.map(([where]): Problem => ({
    code: 'INPUT_INVALID',
    what: '--recorded reads the counts in drift.topic, and no events',
    where,
    remedy: 'Leave it out, or leave out --recorded.',
  }));
  if (problems.length > 0) throw new ScorerError(problems);
}

/** Compares what all processes counted in a range of time with the profile. */
export async function driftOfReports(
  plan: ScoringPlan,
  settings: Settings,
  options: OfflineOptions,
  running: Lifecycle,
  signal: AbortSignal,
): Promise<DriftReport> {
  const topic = topicOf(settings);
  const comparison = new DriftComparison(plan.versions[0], settings);
  const { series } = comparison.references;
  const into = new MergedCounts(plan.versions[0].model.identity, series);
  const registry = await openRegistry(running, settings);
  const range = { topic, ...boundsOf(options, Date.now()) };
  const reader = await rangeReaderOf(settings);
  await readRecordedDrift({ range, reader, registry, into, signal });
  for (const block of into.blocks()) comparison.monitor.add(block);
  const input = `reports in ${topic}`;
  return comparison.report({ input, unscored: {}, recorded: into.figures });
}

function topicOf({ drift }: Settings): string {
  if (drift?.topic !== undefined) return drift.topic;
  throw new ScorerError({
    code: 'INPUT_INVALID',
    what: 'the configuration names no topic with reports of drift',
    where: '--recorded',
    remedy: 'Set drift.topic, or give --set drift.topic=NAME.',
  });
}
