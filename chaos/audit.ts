import type { SampleReport } from '../src/audit/sample-report.ts';
import { sampleScores } from '../src/compose/audit-sample.ts';
import { openRegistry, rangeReaderOf } from '../src/compose/offline-kafka.ts';
import { readersFrom } from '../src/compose/topic-readers.ts';
import { loadConfig } from '../src/config/load.ts';
import type { Settings as ScorerSettings } from '../src/config/settings.ts';
import { Lifecycle } from '../src/runtime/lifecycle.ts';

const SAMPLED = 1000;

export interface AuditOptions {
  /** The configuration of the replicas, as it is written. */
  readonly config: string;
  /** The same with further policies that decided. */
  readonly others?: readonly string[];
  /** So many scores are recomputed, or all if there are fewer; default: 1000. */
  readonly size?: number | undefined;
  readonly seed: number;
  readonly stop: AbortSignal;
}

/** Recomputes random scores of a run by what they name: event, version of the model, policy. */
export async function recomputeScores(options: AuditOptions): Promise<SampleReport> {
  const { config, others = [], size = SAMPLED, seed, stop } = options;
  const lifecycle = new Lifecycle(stop);
  const load = async (text: string): Promise<ScorerSettings> => {
    const given = { file: 'scorer.yaml', cwd: process.cwd(), env: {} };
    return (await loadConfig({ ...given, readFile: () => Promise.resolve(text) })).settings;
  };
  try {
    const settings = await load(config);
    const registry = await openRegistry(lifecycle, settings);
    return await sampleScores({
      settings,
      policies: await Promise.all(others.map(load)),
      reader: await rangeReaderOf(settings),
      registry,
      readers: () => readersFrom(registry),
      config: 'scorer.yaml',
      tolerance: 0,
      size,
      seed,
      signal: stop,
      note: () => undefined,
    });
  } finally {
    await lifecycle.stop();
  }
}

/**
 * What is not as it has to be, in words; empty if all is. A copy of another version is what
 * at-least-once allows; the ledger judges copies.
 */
export function auditViolations(report: SampleReport): string[] {
  const { sampled, verdicts, copies, missing, examples } = report;
  const differ = verdicts.differs - copies.events;
  const [why] = missing;
  const example = examples.find(({ checks }) => checks.length > 0);
  const fields = example?.checks.map(({ field }) => field).join(', ');
  return [
    differ > 0
      ? `${differ} of ${sampled} recomputed scores differ (the first one in ${fields ?? ''})`
      : '',
    verdicts.incomplete > 0
      ? `${verdicts.incomplete} of ${sampled} scores could not be recomputed: ${why?.what ?? ''}: ${why?.why ?? ''}`
      : '',
    sampled === 0 ? 'no score was recomputed' : '',
  ].filter((line) => line !== '');
}

/** For the first table of a report. */
export function auditRows({ sampled, verdicts, copies }: SampleReport): string[][] {
  const n = (value: number): string => value.toLocaleString('en-US');
  return [
    ['random scores that were recomputed', n(sampled)],
    ['**of these not the same, bit for bit**', n(sampled - verdicts.matches - copies.events)],
  ];
}
