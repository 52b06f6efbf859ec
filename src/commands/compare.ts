import { both, type Both } from '../compare/compared-batch.ts';
import type { ComparisonOptions } from '../compare/comparison.ts';
import type { Report, SideIdentity } from '../compare/report.ts';
import { saidOf, type Said } from '../compare/said.ts';
import { textReport } from '../compare/text-report.ts';
import { carriedJson } from '../compose/carried-json.ts';
import { compareEvents } from '../compose/compare-events.ts';
import { forTopic, openSides, type OpenSide, type SideGiven } from '../compose/compare-sides.ts';
import type { CompareSource } from '../compose/compare-source.ts';
import { createEventFacts } from '../compose/event-facts.ts';
import { describeJoin, labelJoinOf } from '../compose/label-join.ts';
import { readLabels } from '../compose/read-labels.ts';
import { createScoreBatch, type ScoreOffline } from '../compose/score-batch.ts';
import { alarmsOf } from '../compose/side-identity.ts';
import { loadConfig } from '../config/load.ts';
import { progressBar } from '../files/progress.ts';
import type { Batch } from '../flow/batch.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { Lifecycle } from '../runtime/lifecycle.ts';
import { readersOf } from './check-examine.ts';
import { describeInput, openSource } from './compare-input.ts';
import { checkOptions, configsOf, type CompareOptions } from './compare-options.ts';
import { openOutputs, type Outputs } from './compare-outputs.ts';
import type { ExitCode, ScoreContext } from './context.ts';
import { endedEarly } from './signals.ts';

/**
 * Scores the same events with two models or two policies, and reports what differs. Reads only: no
 * group is joined, and nothing is written but the report.
 */
export async function compare(options: CompareOptions, context: ScoreContext): Promise<ExitCode> {
  checkOptions(options);
  const { err, stop } = context;
  const labels = labelJoinOf(options);
  const running = new Lifecycle(stop);
  const given = await sidesOf(options, context);
  const outputs = await openOutputs(options, context);
  try {
    const sides = await openSides(given, {
      recorded: options.recorded === true,
      lifecycle: running,
      signal: stop,
      note: (what) => {
        err(`note: ${what}\n`);
      },
    });
    const table =
      labels && (await running.step(() => readLabels(labels, sides.a.settings, running, stop)));
    const known = labels && table && { join: labels.join, table };
    const report = await running.step(() =>
      scoreBoth(options, context, sides, running, outputs, known),
    );
    await outputs.keep(report, textReport);
    return 0;
  } catch (error) {
    return endedEarly(error, context, 'no report was written');
  } finally {
    await outputs.discard();
    await running.stop();
  }
}

async function sidesOf(
  options: CompareOptions,
  { env, cwd }: ScoreContext,
): Promise<Both<SideGiven>> {
  const configs = configsOf(options);
  const own = { a: options.setA, b: options.setB };
  const load = async (side: 'a' | 'b'): Promise<SideGiven> => {
    const sets = [...options.set, ...own[side]];
    const config = configs[side];
    const loaded = await loadConfig({ file: config, sets, env, cwd });
    const settings =
      options.topic === undefined
        ? loaded.settings
        : forTopic(loaded.settings, options.topic, config);
    return { config, sets, settings, readers: readersOf(settings, options, cwd) };
  };
  return { a: await load('a'), b: await load('b') };
}

type Known = Parameters<typeof createEventFacts>[0]['labels'];

async function scoreBoth(
  options: CompareOptions,
  context: ScoreContext,
  sides: Both<OpenSide>,
  running: Lifecycle,
  outputs: Outputs,
  labels: Known,
): Promise<Report> {
  const { err, stop, errTerminal } = context;
  const alarms = alarmsOf(options.alarm, sides);
  const { source, read, close } = await openSource(options, context, sides, running);
  const bar = errTerminal ? progressBar(err, Date.now) : undefined;
  const waiting = new Set<string>();
  try {
    const { topic, registries } = source;
    const score = both((side) =>
      createScoreBatch(sides[side].plan, {
        settings: sides[side].settings,
        registry: registries[side],
        topic,
      }),
    );
    const [reader] = sides.b.plan.stream.readers.values() as Iterable<SchemaNode> as [SchemaNode];
    const facts = createEventFacts({
      paths: options,
      labels,
      settings: sides.b.settings,
      registry: registries.b,
      topic,
      reader,
    });
    const { a, identity } = await sideA(options, sides, source, score.a);
    const maxSize = Math.min(sides.a.settings.batch.maxSize, sides.b.settings.batch.maxSize);
    const comparison = await compareEvents({
      batches: source.batches({ maxSize, every: options.every }),
      a,
      b: score.b,
      facts,
      carried: carriedJson(sides.b.plan.stream.scoreSchema),
      comparison: comparisonOptions(options, { a: identity, b: sides.b.identity }, labels, alarms),
      signal: stop,
      onBatch: async (compared, events, share) => {
        bar?.show({ bytes: read.bytes, total: read.total, events, share });
        await outputs.rows(compared);
      },
      onRetry: ({ code, problems }) => {
        if (!waiting.has(code)) err(`waiting: ${code}  ${problems[0]!.what}\n`);
        waiting.add(code);
      },
    });
    bar?.clear();
    if (labels?.table.counts.joined === 0)
      err('note: no event has a label. Check the fields of --label-id\n');
    return comparison.report();
  } finally {
    bar?.clear();
    close();
  }
}

/** A scores, or it is what the output topic says. */
async function sideA(
  { recorded }: CompareOptions,
  { a: { settings, identity } }: Both<OpenSide>,
  source: CompareSource,
  score: ScoreOffline,
): Promise<{ a: (batch: Batch) => Promise<Said>; identity: SideIdentity }> {
  if (recorded !== true || source.recorded === undefined)
    return { a: async (batch) => saidOf(await score(batch)), identity };
  const { scores, model, policy } = await source.recorded();
  const { topic } = settings.output;
  return {
    a: (batch) => Promise.resolve(scores.said(batch)),
    identity: { ...identity, model, policy, recorded: { ...scores.counts, topic } },
  };
}

function comparisonOptions(
  options: CompareOptions,
  { a, b }: Both<SideIdentity>,
  labels: Known,
  alarms: readonly string[] | undefined,
): ComparisonOptions {
  const { by = null, amount = null, time = null, every, capacity } = options;
  return {
    subject: {
      a,
      b,
      input: describeInput(options),
      every,
      by,
      amount,
      time,
      labels: labels === undefined ? null : describeJoin(labels.join),
    },
    maxEvents: options.maxEvents,
    maxExamples: options.examples,
    times: options.topic !== undefined || time !== null,
    labels: labels?.table,
    capacity: capacity === undefined ? undefined : Math.floor(capacity / every),
    alarms,
  };
}
