import type { Section } from '../audit/evidence.ts';
import type { Span } from '../audit/timeline.ts';
import { ScorerError } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import type { InputRecord } from '../flow/record.ts';
import { SILENT } from '../observe/logger.ts';
import { untilAvailable } from '../runtime/retry.ts';
import type { PastSettings } from './audit-explain.ts';
import { namedPolicy } from './audit-policy.ts';
import type { AuditKafka, OnShare } from './audit-records.ts';
import { openNamedVersion } from './audit-version.ts';
import { forTopic } from './compare-sides.ts';
import { createDrift } from './drift.ts';
import type { RangeOfTime, ScannedScores } from './evidence-scan.ts';
import { createFairness } from './fairness.ts';
import { createReports } from './reports.ts';
import { createScoreBatch } from './score-batch.ts';

export interface Figures {
  readonly drift: Section<unknown>;
  readonly fairness: Section<unknown>;
}

const SIZE = 1024;

/**
 * Drift and fairness of the events of a range: they are scored once more by the version and the
 * policy that decided about most of them, and seen by the same monitors as in the stream. One
 * partition follows the other, so the figures are always the same.
 */
export async function figuresOf(
  options: AuditKafka & PastSettings,
  range: RangeOfTime,
  { timeline, sources }: ScannedScores,
  onShare: OnShare = () => undefined,
): Promise<Figures> {
  const { settings, policies, signal, reader, registry } = options;
  const without = (section: string): Section<never> => ({
    notAvailable: `the configuration has no section ${section}`,
  });
  const both = (why: string): Figures => ({
    drift: settings.drift === undefined ? without('drift') : { notAvailable: why },
    fairness: settings.fairness === undefined ? without('fairness') : { notAvailable: why },
  });
  const most = timeline.spans.reduce<Span | undefined>(
    (best, span) => (best === undefined || span.records > best.records ? span : best),
    undefined,
  );
  const [topic] = [...sources.keys()].filter((name) => settings.input.topics.includes(name));
  if (most === undefined || topic === undefined) return both('there are no scores in the range');
  if (settings.drift === undefined && settings.fairness === undefined) return both('');
  const known = namedPolicy(most.policy, [settings, ...policies]);
  const own = forTopic(known.settings, topic, options.config);
  const found = await openNamedVersion(
    own,
    most,
    options.readers(own),
    signal,
    options.note,
    options.open,
  ).catch((error: unknown) => {
    if (!(error instanceof ScorerError) || error.fate === 'retry') throw error;
    return error.problems[0]!.what;
  });
  if (typeof found === 'string') return both(found);
  try {
    const reports = createReports(own, SILENT);
    const drift = createDrift(own, reports);
    const fairness = known.policy === null ? undefined : createFairness(own, reports);
    const monitors = [drift, fairness].flatMap((one) => (one === undefined ? [] : [one.observe]));
    const score = createScoreBatch(found.value, { settings: own, registry, topic, monitors });
    let events = 0;
    const seen = async (partition: number, records: readonly InputRecord[]): Promise<void> => {
      const batch: Batch = { topic, partition, records, closedBy: 'end' };
      const outcome = await untilAvailable(() => score(batch), { signal });
      outcome.observation?.record();
      events += records.length;
    };
    for (const partition of sources.get(topic)!) {
      let waiting: InputRecord[] = [];
      const part = { topic, partitions: [partition], from: range.from, to: range.to, signal };
      for await (const { records, nextOffset, endOffset } of reader.read(part)) {
        waiting.push(...records);
        while (waiting.length >= SIZE) {
          await seen(partition, waiting.slice(0, SIZE));
          waiting = waiting.slice(SIZE);
        }
        onShare(Number(nextOffset) / Math.max(1, Number(endOffset)), events);
      }
      if (waiting.length > 0) await seen(partition, waiting);
    }
    const by = { version: most.version, sha256: most.sha256, policy: most.policy, topic, events };
    const report = drift?.report();
    return {
      drift:
        drift === undefined
          ? without('drift')
          : report === null
            ? { notAvailable: `version ${most.version} of the model has no profile` }
            : { available: timeless({ by, ...report }, COMPUTED_AT) },
      fairness:
        settings.fairness === undefined
          ? without('fairness')
          : fairness === undefined
            ? { notAvailable: known.missing[0]?.why ?? 'there is no policy' }
            : {
                available: timeless(
                  { by, groups: fairness.monitor.figures },
                  new Set([...COMPUTED_AT, 'since']),
                ),
              },
    };
  } finally {
    await found.stop();
  }
}

/** Times at which figures were computed: they would be others each time. */
const COMPUTED_AT = new Set(['at', 'raisedAt', 'seenAt']);

/** Figures without these times. */
function timeless(value: unknown, keys: ReadonlySet<string>): unknown {
  const replacer = (key: string, own: unknown): unknown => (keys.has(key) ? undefined : own);
  return JSON.parse(JSON.stringify(value, replacer));
}

export const QUALITY_ELSEWHERE =
  'labels come after the scores, so quality is reported while the stream runs (GET /monitor); for a range, use compare --recorded with --labels';
