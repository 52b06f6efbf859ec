import { verdictOf, type Explanation, type Missing } from '../audit/explanation.ts';
import type { Place } from '../audit/place.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { timeOf, type InputRecord } from '../flow/record.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import { namedPolicy } from './audit-policy.ts';
import { compareScores, differentOf, isScore, unscored } from './audit-compare.ts';
import { createRecompute } from './audit-recompute.ts';
import {
  findScores,
  recordAt,
  scoreRecordReader,
  type AuditKafka,
  type FoundScore,
  type OnShare,
} from './audit-records.ts';
import { whyUnscored } from './audit-unscored.ts';
import { describedModel, openNamedVersion } from './audit-version.ts';
import { forTopic } from './compare-sides.ts';
import { createCounterfactual } from './counterfactual.ts';
import type { openPlan } from './open-plan.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import type { FindReaders } from './topic-readers.ts';

/** What a recomputation needs beside the records. */
export interface PastSettings {
  /** The settings with other policies. */
  readonly policies: readonly Settings[];
  /** The configuration file, for messages. */
  readonly config: string;
  readonly readers: (settings: Settings) => FindReaders;
  readonly tolerance: number;
  readonly note: (what: string) => void;
  /** Opens a version. Default: in a process of its own. */
  readonly open?: typeof openPlan;
}

export interface ExplainOptions extends AuditKafka, PastSettings {
  readonly asked: Place;
  readonly lifecycle: Lifecycle;
  readonly onShare?: OnShare;
  /** Also looks for changes that would change the decision. */
  readonly counterfactual?: boolean;
}

/** The event and its scores, as far as they are still there. */
interface Found {
  readonly event: Place;
  readonly record: InputRecord | undefined;
  readonly scores: readonly FoundScore[];
  readonly missing: readonly Missing[];
}

/**
 * Recomputes one past score: of an event of an input topic, or of a record of the output topic.
 * What is not there any more is named, and everything else is compared.
 */
export async function explainScore(options: ExplainOptions): Promise<Explanation> {
  const { asked, settings } = options;
  const as = settings.input.topics.includes(asked.topic) ? 'event' : 'score';
  if (as === 'score' && asked.topic !== settings.output.topic)
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: `the topic ${asked.topic} is neither an input topic nor the output topic of ${options.config}`,
      where: '--topic',
      remedy: `Choose one of ${[...settings.input.topics, settings.output.topic].join(', ')}.`,
    });
  const found = await (as === 'event' ? byEvent(options) : byScore(options));
  const { event, record, scores } = found;
  const [score] = scores;
  const time = record && timeOf(record);
  const copies = scores.map((copy) => {
    const different = differentOf(score!, copy, options);
    const scoredAt = timeText(copy.scoredAt);
    return { ...copy.place, scoredAt, same: different.length === 0, different };
  });
  const base = {
    asked: { ...asked, as } as const,
    event: record
      ? { ...event, time: time === undefined ? null : new Date(time).toISOString() }
      : null,
    score: score === undefined ? null : { ...score.place, fields: score.fields },
    copies,
  };
  const again = record && score && (await scoredAgain(record, score, options));
  const { checks = [], notes = [] } = again ?? {};
  const missing = [...found.missing, ...(again?.missing ?? [])];
  const { model = null, policy = null, columns = [], counterfactual } = again ?? {};
  const verdict = verdictOf(checks, missing, copies.filter(({ same }) => !same).length);
  const more = counterfactual === undefined ? {} : { counterfactual };
  return { ...base, model, policy, columns, checks, missing, notes, ...more, verdict };
}

async function byEvent({ asked, onShare, ...kafka }: ExplainOptions): Promise<Found> {
  const record = await recordAt(asked, kafka);
  const scores = await findScores(asked, record, kafka, onShare);
  if (scores.length > 0) return { event: asked, record, scores, missing: [] };
  const missing = await whyUnscored(asked, record, kafka);
  return { event: asked, record, scores, missing: [missing] };
}

async function byScore({ asked, ...kafka }: ExplainOptions): Promise<Found> {
  const { value } = await recordAt(asked, kafka);
  const score = await scoreRecordReader(kafka.registry)(asked, value);
  const event = score.source;
  const scores = [score];
  try {
    return { event, record: await recordAt(event, kafka), scores, missing: [] };
  } catch (error) {
    return { event, record: undefined, scores, missing: missingOf('event', error) };
  }
}

/** Throws an error that says nothing about what is missing. */
export function missingOf(what: string, error: unknown): readonly Missing[] {
  if (!(error instanceof ScorerError) || error.fate === 'retry') throw error;
  return error.problems.map(({ code, what: why, where, remedy }) => ({
    what,
    code,
    why: where === undefined ? why : `${why} (${where})`,
    remedy,
  }));
}

type Again = Pick<Explanation, 'checks' | 'missing' | 'notes' | 'columns'> &
  Partial<Pick<Explanation, 'model' | 'policy' | 'counterfactual'>>;

async function scoredAgain(
  record: InputRecord,
  score: FoundScore,
  options: ExplainOptions,
): Promise<Again> {
  const { lifecycle, registry, signal, note, tolerance } = options;
  const { topic, partition } = score.source;
  const known = namedPolicy(score.fields['policy'] as string | null, [
    options.settings,
    ...options.policies,
  ]);
  const settings = forTopic(known.settings, topic, options.config);
  let plan: ScoringPlan;
  try {
    plan = await lifecycle.start(() =>
      openNamedVersion(
        settings,
        score.fields['model'] as ModelIdentity,
        options.readers(settings),
        signal,
        note,
        options.open,
      ),
    );
  } catch (error) {
    return { checks: [], columns: [], notes: [], missing: missingOf('model', error) };
  }
  const recompute = createRecompute({ plan, settings, registry, topic, signal });
  const [result] = await recompute(partition, [{ record, scoredAt: score.scoredAt }]);
  const model = describedModel(plan);
  const { policy, missing } = known;
  if (!isScore(result!)) {
    const checks = [unscored(score, result!)];
    return { checks, columns: [], notes: [], missing, model, policy };
  }
  const { checks, notes } = compareScores(score, result, known, tolerance);
  const shown = { checks, notes, model, policy, columns: result.columns };
  if (options.counterfactual !== true) return { ...shown, missing };
  try {
    const ask = await createCounterfactual({ plan, settings, registry, topic, signal });
    const { changes } = await ask(record);
    return { ...shown, missing, counterfactual: changes };
  } catch (error) {
    return { ...shown, missing: [...missing, ...missingOf('counterfactual', error)] };
  }
}

const timeText = (ms: number): string | null =>
  Number.isFinite(ms) ? new Date(ms).toISOString() : null;
