import { basename } from 'node:path';
import { both, type Both, type ComparedBatch } from '../compare/compared-batch.ts';
import type { ComparisonOptions } from '../compare/comparison.ts';
import type { Report } from '../compare/report.ts';
import { textReport } from '../compare/text-report.ts';
import { carriedJson } from '../compose/carried-json.ts';
import { compareEvents } from '../compose/compare-events.ts';
import { openSides, forTopic, type OpenSide, type SideGiven } from '../compose/compare-sides.ts';
import { fileSource, topicSource, type CompareSource } from '../compose/compare-source.ts';
import { createEventFacts } from '../compose/event-facts.ts';
import { describeJoin, labelJoinOf } from '../compose/label-join.ts';
import { readLabels } from '../compose/read-labels.ts';
import { alarmsOf } from '../compose/side-identity.ts';
import { createScoreBatch } from '../compose/score-batch.ts';
import { loadConfig } from '../config/load.ts';
import { isClosedPipe } from '../files/destination.ts';
import { progressBar } from '../files/progress.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { Lifecycle } from '../runtime/lifecycle.ts';
import { readersOf } from './check-examine.ts';
import { checkOptions, configsOf, type CompareOptions } from './compare-options.ts';
import { openOutputs, type Outputs } from './compare-outputs.ts';
import type { ExitCode, ScoreContext } from './context.ts';
import { boundOf } from './range-options.ts';
import { counted, inputOf } from './score-files.ts';
import { exitCodeOf } from './signals.ts';

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
    const sides = await openSides(given, running, stop, (what) => {
      err(`note: ${what}\n`);
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
    // The reader of the result has closed the pipe, as `head` does. This is not an error.
    if (isClosedPipe(error)) return 141;
    if (!stop.aborted) throw error;
    err('interrupted: no report was written\n');
    return exitCodeOf(stop);
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
  try {
    const { topic, registries } = source;
    const score = both((side) =>
      createScoreBatch(sides[side].plan, {
        settings: sides[side].settings,
        registry: registries[side],
        topic,
      }),
    );
    const [reader] = sides.a.plan.stream.readers.values() as Iterable<SchemaNode> as [SchemaNode];
    const { settings } = sides.a;
    const facts = createEventFacts({
      paths: options,
      labels,
      settings,
      registry: registries.a,
      topic,
      reader,
    });
    const maxSize = Math.min(settings.batch.maxSize, sides.b.settings.batch.maxSize);
    const comparison = await compareEvents({
      batches: source.batches({ maxSize, every: options.every }),
      score,
      facts,
      comparison: comparisonOptions(options, sides, labels, alarms),
      signal: stop,
      onBatch: async (compared: ComparedBatch, events, share) => {
        bar?.show({ bytes: read.bytes, total: read.total, events, share });
        await outputs.rows(compared);
      },
    });
    return comparison.report();
  } finally {
    bar?.clear();
    close();
  }
}

function comparisonOptions(
  options: CompareOptions,
  { a, b }: Both<OpenSide>,
  labels: Known,
  alarms: readonly string[] | undefined,
): ComparisonOptions {
  const { by = null, amount = null, time = null, every, capacity } = options;
  return {
    subject: {
      a: a.identity,
      b: b.identity,
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
    carried: carriedJson(a.plan.stream.scoreSchema),
    labels: labels?.table,
    capacity: capacity === undefined ? undefined : Math.floor(capacity / every),
    alarms,
  };
}

function describeInput({ input, topic, from, to }: CompareOptions): string {
  if (topic === undefined) return `file ${basename(input!)}`;
  return `topic ${topic} from ${from ?? 'the oldest record'} to ${to ?? 'the end'}`;
}

interface OpenSource {
  readonly source: CompareSource;
  /** How much is read, in bytes. */
  readonly read: { bytes: number; readonly total: number | undefined };
  readonly close: () => void;
}

async function openSource(
  options: CompareOptions,
  context: ScoreContext,
  sides: Both<OpenSide>,
  running: Lifecycle,
): Promise<OpenSource> {
  const { topic, from, to, input, format } = options;
  const { stop } = context;
  if (topic !== undefined) {
    const now = Date.now();
    const range = { topic, from: boundOf(from, '--from', now), to: boundOf(to, '--to', now) };
    const source = await topicSource(range, sides, running, stop);
    return { source, read: { bytes: 0, total: undefined }, close: () => undefined };
  }
  const file = await inputOf({ input: input!, format }, context);
  const read = { bytes: 0, total: file.bytes };
  const stream = file.open();
  // A read from a pipe without a writer would wait forever.
  const end = (): void => void stream.destroy();
  stop.addEventListener('abort', end, { once: true });
  const chunks = counted(stream, file.name, (count) => (read.bytes += count));
  const source = await fileSource(chunks, file.format, file.name, sides);
  return {
    source,
    read,
    close: () => {
      stop.removeEventListener('abort', end);
      stream.destroy();
    },
  };
}
