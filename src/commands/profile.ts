import { join, relative } from 'node:path';
import { BackgroundSample } from '../compose/background-sample.ts';
import { forTopic } from '../compose/compare-sides.ts';
import { configuredChampion } from '../compose/configured-champion.ts';
import { createEventFacts } from '../compose/event-facts.ts';
import { fieldsOfModel } from '../compose/model-events.ts';
import { seriesFieldsOf } from '../compose/series-fields.ts';
import { labelJoinOf, type LabelJoin } from '../compose/label-join.ts';
import { openPlan } from '../compose/open-plan.ts';
import { seeEvents, type Unscored } from '../compose/profile-events.ts';
import { readLabels } from '../compose/read-labels.ts';
import { createScoreEvents } from '../compose/score-events.ts';
import type { ScoringPlan } from '../compose/scoring-plan.ts';
import type { LabelTable } from '../compare/label-table.ts';
import { loadConfig } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { progressBar } from '../files/progress.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { CalibratorBuilder } from '../monitor/calibrator-builder.ts';
import { ProfileBuilder } from '../monitor/profile-builder.ts';
import type { Profile } from '../monitor/profile.ts';
import { Lifecycle } from '../runtime/lifecycle.ts';
import { readersOf } from './check-examine.ts';
import type { ProfileOptions } from './profile-files.ts';
import type { ExitCode, ScoreContext } from './context.ts';
import { checkRange, openOffline } from './offline-input.ts';
import { BACKGROUND, filesFor, nameIn, PROFILE, writeFiles } from './profile-files.ts';
import { labelProblems } from './label-options.ts';
import { profileSummary } from './profile-summary.ts';
import { endedEarly } from './signals.ts';

/**
 * Scores events with the champion, and writes how its features and scores are distributed, and a
 * sample of the events. Nothing is committed or written to a topic.
 */
export async function profile(options: ProfileOptions, context: ScoreContext): Promise<ExitCode> {
  checkRange(options);
  const wrong = labelProblems(options);
  if (wrong.length > 0) throw new ScorerError(wrong);
  const { env, cwd, err, out, stop } = context;
  const running = new Lifecycle(stop);
  try {
    const loaded = await loadConfig({ file: options.config, sets: options.set, env, cwd });
    const { topic } = options;
    const wanted =
      topic === undefined ? loaded.settings : forTopic(loaded.settings, topic, options.config);
    const { settings, readers } = await carryingTheModel(wanted, options, context);
    const note = (what: string): void => {
      err(`note: ${what}\n`);
    };
    const ignore = ['MODEL_PROFILE'] as const;
    const plan = await running.start(() =>
      openPlan(settings, readers, stop, note, { ignore, reasons: false }),
    );
    const files = await filesFor(plan, wanted, options, cwd);
    const made = await running.step(() => build(plan, settings, options, context, running));
    if (made.profile === undefined) throw nothingScored(made.unscored);
    await writeFiles(files, made.profile, made.background);
    out(profileSummary(made.profile, made.unscored));
    const names = [PROFILE, ...(made.background === '' ? [] : [BACKGROUND])];
    for (const name of names) out(`wrote ${relative(cwd, join(files.folder, name))}\n`);
    out(await nameIn(files.yaml, names, options.write === true));
    return 0;
  } catch (error) {
    return endedEarly(error, context, 'nothing was written');
  } finally {
    await running.stop();
  }
}

/**
 * The settings with which the score records carry exactly the fields that the model reads: those of
 * the background sample. No policy decides.
 */
async function carryingTheModel(
  { decision: _policy, ...settings }: Settings,
  options: ProfileOptions,
  { cwd, stop }: ScoreContext,
) {
  const found = await readersOf(settings, options, cwd)(settings);
  const readers = (): Promise<typeof found> => Promise.resolve(found);
  const quietly = { note: () => undefined, signal: stop };
  const { bundle } = await configuredChampion(settings, quietly);
  const [event] = found.readers.values();
  const inputs = bundle?.description.inputs ?? [];
  const carry = event === undefined ? [] : fieldsOfModel(event, inputs);
  return { readers, settings: { ...settings, output: { ...settings.output, carry } } };
}

interface Made {
  readonly profile: Profile | undefined;
  readonly background: string;
  readonly unscored: Unscored;
}

async function build(
  plan: ScoringPlan,
  settings: Settings,
  options: ProfileOptions,
  context: ScoreContext,
  running: Lifecycle,
): Promise<Made> {
  const { err, stop, errTerminal } = context;
  const { seed, hours, every, background } = options;
  const [reader] = plan.stream.readers.values() as Iterable<SchemaNode> as [SchemaNode];
  const { source, read, close } = await openOffline(options, context, settings, reader, running);
  const bar = errTerminal ? progressBar(err, Date.now) : undefined;
  const [champion] = plan.versions;
  const series = seriesFieldsOf(champion);
  const builder = new ProfileBuilder({ series, model: champion.model.identity, seed, hours });
  const sample = new BackgroundSample(background, seed, plan.stream.scoreSchema, reader);
  const { registry, topic } = source;
  const paths = { time: options.time };
  const labels = await labelsOf(options, settings, running, stop);
  const facts = createEventFacts({ paths, labels, settings, registry, topic, reader });
  const calibrator = labels && new CalibratorBuilder(seed);
  let labelled: Uint8Array | null = null;
  const waiting = new Set<string>();
  try {
    const unscored = await seeEvents({
      plan,
      settings,
      source,
      every,
      timesOf: async (batch) => {
        const { time, label } = await facts(batch);
        labelled = label;
        return time!;
      },
      signal: stop,
      see: (seen) => {
        const { events, outcome, times } = seen;
        const { fates, scores } = outcome;
        builder.add({ columns: events.columns, fates, score: scores!.score, times });
        sample.add(seen);
        if (labelled !== null) calibrator?.add(scores!.score, labelled, fates);
      },
      onBatch: (share) => {
        bar?.show({ bytes: read.bytes, total: read.total, events: builder.read, share });
      },
      onRetry: ({ code, problems }) => {
        if (!waiting.has(code)) err(`waiting: ${code}  ${problems[0]!.what}\n`);
        waiting.add(code);
      },
    });
    await sameScores(plan, settings, sample, reader);
    const made = builder.build();
    const background = sample.lines();
    if (calibrator === undefined || made === undefined)
      return { profile: made, background, unscored };
    const fitted = calibrator.build();
    if (fitted === undefined) throw oneKind();
    return { profile: { ...made, calibrator: fitted }, background, unscored };
  } finally {
    bar?.clear();
    close();
  }
}

/** The labels that the calibrator is made of; undefined: there is none. */
async function labelsOf(
  options: ProfileOptions,
  settings: Settings,
  running: Lifecycle,
  signal: AbortSignal,
): Promise<{ readonly join: LabelJoin; readonly table: LabelTable } | undefined> {
  const wanted = labelJoinOf(options);
  if (wanted === undefined) return undefined;
  return { join: wanted.join, table: await readLabels(wanted, settings, running, signal) };
}

function oneKind(): ScorerError {
  return new ScorerError({
    code: 'INPUT_INVALID',
    what: 'a calibrator needs events with label 1 and events with label 0',
    where: '--labels',
    remedy:
      'Give labels of both kinds for these events. Where only positive events have one: --unlabelled 0.',
  });
}

/** The events of the sample have their scores although they lack what the model does not read. */
async function sameScores(
  plan: ScoringPlan,
  settings: Settings,
  sample: BackgroundSample,
  writer: SchemaNode,
): Promise<void> {
  const events = sample.encoded();
  if (events.length === 0) return;
  const scored = await createScoreEvents(plan, { settings, writer })(events);
  const other = scored.findIndex((one, i) => {
    return one === undefined || !('score' in one) || !near(one.score, events[i]!.score);
  });
  if (other === -1) return;
  throw new ScorerError({
    code: 'INTERNAL',
    what: `event ${other} of the background sample does not have its score without the fields that the model does not read`,
  });
}

/** A model may round a little differently in another batch. */
const near = (a: number, b: number): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(a), Math.abs(b));

function nothingScored(unscored: Unscored): ScorerError {
  const [[code, count] = ['', 0]] = [...unscored].sort(([, a], [, b]) => b - a);
  return new ScorerError({
    code: 'INPUT_INVALID',
    what:
      count === 0
        ? 'there are no events in the input'
        : `no event has a score; ${count} have none because of ${code}`,
  });
}
