import type { Deciders } from '../audit/deciders.ts';
import type { Decided, Left, Section } from '../audit/evidence.ts';
import type { Span } from '../audit/timeline.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import type { Started } from '../runtime/lifecycle.ts';
import type { PastSettings } from './audit-explain.ts';
import { namedPolicy } from './audit-policy.ts';
import type { AuditKafka } from './audit-records.ts';
import { openNamedVersion } from './audit-version.ts';
import { versionDrift, type VersionDrift } from './evidence-drift.ts';
import { seeDecidedEvents } from './evidence-events.ts';
import { decidedFairness, type FieldFairness } from './evidence-fairness.ts';
import { openPlan } from './open-plan.ts';
import type { ScoringPlan } from './scoring-plan.ts';

export interface PolicyFigures extends Decided {
  readonly policy: string | null;
  readonly fairness: Section<readonly FieldFairness[]>;
}

/** The comparison of a version, once one of its policies could be opened with it. */
export interface OpenDrift {
  drift: VersionDrift | undefined;
}

export interface SpanOptions extends AuditKafka, PastSettings {
  readonly deciders: Deciders;
  /** The end of the range, in ms. */
  readonly to: number;
  readonly onEvents: (events: number) => void;
}

/**
 * The figures of what a version decided by a policy. `number`: of the span; `unscored`: decisions
 * without a score.
 */
export async function figuresOfSpan(
  { version, sha256, policy }: Span,
  number: number,
  unscored: number,
  open: OpenDrift,
  options: SpanOptions,
): Promise<PolicyFigures> {
  const { deciders, reader, registry, signal, to, onEvents } = options;
  const known = namedPolicy(policy, [options.settings, ...options.policies]);
  const { drift, fairness, input } = known.settings;
  const all = deciders.eventsOf(number);
  const places = all.filter(({ topic }) => input.topics.includes(topic));
  const count = (of: typeof all): number => of.reduce((sum, { events }) => sum + events, 0);
  const left: Left[] = [];
  const leave = (events: number, why: string): void => {
    if (events > 0) left.push({ events, why });
  };
  leave(unscored, 'the model had no score (model.onFailure)');
  leave(count(all) - count(places), `the topic is not in input.topics of ${options.config}`);
  const by = { version, sha256, policy, decided: count(all), left };
  const without = (why: string): PolicyFigures => ({ ...by, fairness: { notAvailable: why } });
  if (places.length === 0) return without(left[0]?.why ?? 'there are no events');
  const topics = [...new Set(places.map(({ topic }) => topic))];
  const settings: Settings = { ...known.settings, input: { ...input, topics } };
  const plan = await opened(settings, { version, sha256 }, options);
  if (typeof plan === 'string') {
    leave(count(places), plan);
    return without(plan);
  }
  try {
    if (drift !== undefined) open.drift ??= versionDrift(drift, plan.value.versions[0], to);
    const groups =
      fairness === undefined || known.policy === null
        ? undefined
        : decidedFairness(fairness, policy, to);
    const monitors = [open.drift, groups].flatMap((one) =>
      one === undefined ? [] : [one.observe],
    );
    const events = await seeDecidedEvents({
      ...{ plan: plan.value, settings, registry, reader, signal },
      ...{ deciders, decider: number, places, monitors, onEvents },
    });
    leave(count(places) - events, 'the events are not in their topic any more');
    if (groups === undefined) return without(known.missing[0]?.why ?? 'there is no policy');
    if (events === 0) return without(left.at(-1)!.why);
    return { ...by, fairness: { available: groups.figures() } };
  } finally {
    await plan.stop();
  }
}

/** The version with the policy, or why it is not at hand. Reasons are not needed. */
async function opened(
  settings: Settings,
  identity: { readonly version: string; readonly sha256: string },
  { readers, signal, note, open = openPlan }: SpanOptions,
): Promise<Started<ScoringPlan> | string> {
  const withoutReasons: typeof openPlan = (own, find, until, hear, how) =>
    open(own, find, until, hear, { ...how, reasons: false });
  try {
    const find = readers(settings);
    return await openNamedVersion(settings, identity, find, signal, note, withoutReasons);
  } catch (error) {
    if (!(error instanceof ScorerError) || error.fate === 'retry') throw error;
    return error.problems[0]!.what;
  }
}
