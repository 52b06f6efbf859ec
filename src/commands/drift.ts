import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { forTopic } from '../compose/compare-sides.ts';
import { createEventFacts } from '../compose/event-facts.ts';
import { warningsOf } from '../compose/drift.ts';
import { openPlan } from '../compose/open-plan.ts';
import { seeEvents } from '../compose/profile-events.ts';
import type { ModelVersion, ScoringPlan } from '../compose/scoring-plan.ts';
import { loadConfig } from '../config/load.ts';
import { drift as driftSchema } from '../config/schema-drift.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { isClosedPipe, type Destination } from '../files/destination.ts';
import { progressBar } from '../files/progress.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { DriftMonitor, type DriftAlarm } from '../monitor/drift-monitor.ts';
import { createDriftObserver } from '../monitor/drift-observer.ts';
import { driftPage } from '../monitor/drift-page.ts';
import { driftText, inOrder, seriesReport, type DriftReport } from '../monitor/drift-report.ts';
import { Lifecycle } from '../runtime/lifecycle.ts';
import { readersOf } from './check-examine.ts';
import { openOutput } from './compare-outputs.ts';
import type { ExitCode, ScoreContext } from './context.ts';
import { checkRange, openOffline, type OfflineOptions } from './offline-input.ts';
import { exitCodeOf } from './signals.ts';

export interface DriftOptions extends OfflineOptions {
  /** The page. */
  readonly report?: string;
  readonly json?: string;
}

/** Compares the features and scores of events with the profile of the champion. Reads only. */
export async function drift(options: DriftOptions, context: ScoreContext): Promise<ExitCode> {
  checkRange(options);
  const { env, cwd, err, out, stop } = context;
  const { topic, report: page, json } = options;
  const running = new Lifecycle(stop);
  const made: Destination[] = [];
  try {
    const loaded = await loadConfig({ file: options.config, sets: options.set, env, cwd });
    const wanted =
      topic === undefined ? loaded.settings : forTopic(loaded.settings, topic, options.config);
    const { decision: _policy, ...settings } = wanted; // what is decided does not matter here
    const { input } = options;
    const taken = new Set<string>();
    if (input !== undefined && input !== '-')
      taken.add(await realpath(resolve(cwd, input)).catch(() => input));
    const open = async (file: string, what: string): Promise<Destination> => {
      const destination = await openOutput(file, what, taken, context);
      made.push(destination);
      return destination;
    };
    const files = {
      page: page === undefined ? undefined : await open(page, 'the page'),
      json: json === undefined ? undefined : await open(json, 'the JSON file'),
    };
    const readers = readersOf(settings, options, cwd);
    const note = (what: string): void => {
      err(`note: ${what}\n`);
    };
    const plan = await running.start(() =>
      openPlan(settings, readers, stop, note, { reasons: false }),
    );
    const report = await running.step(() => compared(plan, settings, options, context, running));
    await files.page?.write(driftPage(report));
    await files.json?.write(`${JSON.stringify(report, null, 2)}\n`);
    for (const destination of made) await destination.keep();
    made.length = 0;
    if (page !== '-' && json !== '-') out(driftText(report));
    return 0;
  } catch (error) {
    // The reader of the result has closed the pipe, as `head` does. This is not an error.
    if (isClosedPipe(error)) return 141;
    if (!stop.aborted) throw error;
    err('interrupted: no report was written\n');
    return exitCodeOf(stop);
  } finally {
    for (const destination of made) await destination.discard();
    await running.stop();
  }
}

async function compared(
  plan: ScoringPlan,
  settings: Settings,
  options: DriftOptions,
  context: ScoreContext,
  running: Lifecycle,
): Promise<DriftReport> {
  const { err, stop, errTerminal } = context;
  const [champion] = plan.versions;
  const { profile, references } = withProfile(champion);
  const { effect, falseAlarmsPerMillion } = settings.drift ?? driftSchema.parse({});
  const alarms: DriftAlarm[] = [];
  const monitor = new DriftMonitor({
    series: references.series,
    effect,
    falseAlarmsPerMillion,
    quietMs: 0,
    now: Date.now,
    onAlarm: (alarm, begins) => {
      if (begins) alarms.push(alarm);
    },
  });
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
    monitor.flush();
    const { figures } = monitor;
    const { rows, from, to, leftOut } = profile;
    return {
      model: champion.model.identity,
      input: options.topic === undefined ? basename(options.input!) : `topic ${options.topic}`,
      profile: { rows, from, to },
      events: monitor.events,
      warnings: warningsOf(profile),
      unscored: Object.fromEntries(unscored),
      effect,
      falseAlarmsPerMillion,
      series: inOrder(
        references.series.map((one, i) =>
          seriesReport(one, Object.values(figures[i]!.counts), alarms),
        ),
      ),
      leftOut,
    };
  } finally {
    bar?.clear();
    close();
  }
}

type Profiled = Required<Pick<ModelVersion, 'profile' | 'references'>>;

function withProfile({ profile, references, bundle }: ModelVersion): {
  readonly profile: NonNullable<Profiled['profile']>;
  readonly references: NonNullable<Profiled['references']>;
} {
  if (profile !== undefined && references !== undefined) return { profile, references };
  throw new ScorerError({
    code: 'MODEL_PROFILE',
    what: 'this version of the model has no profile',
    where: bundle.yamlFile,
    remedy: 'Make one with `stream-scorer profile`, and name it in model.yaml.',
  });
}
