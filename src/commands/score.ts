import { scoreJson } from '../compose/avro-score-json.ts';
import { loadConfig } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { ContainerWriter } from '../files/container-writer.ts';
import type { Destination } from '../files/destination.ts';
import { progressBar } from '../files/progress.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { Lifecycle } from '../runtime/lifecycle.ts';
import { openPlan } from '../compose/open-plan.ts';
import { openEvents, type Format } from '../compose/score-input.ts';
import { scoreRecords } from '../compose/score-records.ts';
import type { ScoringPlan } from '../compose/scoring-plan.ts';
import { readersOf } from './check-examine.ts';
import type { CommonOptions, ExitCode, ScoreContext } from './context.ts';
import { counted, filesOf, type FileOptions, type Files } from './score-files.ts';
import { Rejects } from './score-rejects.ts';
import { endedEarly } from './signals.ts';

export interface ScoreOptions extends CommonOptions, FileOptions {
  /** Avro schema of the events, instead of the registry's. */
  readonly schema?: string;
  readonly strict?: boolean;
}

/**
 * Scores a file without Kafka. Events that cannot be scored do not stop it. An input that cannot be
 * read to its end does; then there is no output file, and there is none after a signal.
 */
export async function score(options: ScoreOptions, context: ScoreContext): Promise<ExitCode> {
  const { env, cwd, err, stop } = context;
  const files = await filesOf(options, context);
  const { settings } = await loadConfig({ file: options.config, sets: options.set, env, cwd });
  const made: Destination[] = [];
  const running = new Lifecycle(stop); // does not wait for the batch in the model
  try {
    const readers = readersOf(settings, options, cwd);
    const note = (what: string): void => {
      err(`note: ${what}\n`);
    };
    const plan = await running.start(() => openPlan(settings, readers, stop, note));
    const output = await files.output.open();
    made.push(output);
    const letters = await files.deadLetters?.open();
    if (letters !== undefined) made.push(letters);
    const rejects = new Rejects(
      letters,
      err,
      files.input.format === 'jsonl' ? (i) => `line ${i + 1}` : (i) => `record ${i}`,
    );
    const scored = await scoreFile(files, plan, settings, output, rejects, context);
    for (const destination of made) await destination.keep();
    made.length = 0;
    err(`${scored} scored, ${rejects.count} not\n${rejects.summary()}`);
    return rejects.count > 0 && options.strict === true ? 1 : 0;
  } catch (error) {
    return endedEarly(error, context, 'no output was written');
  } finally {
    for (const destination of made) await destination.discard();
    await running.stop();
  }
}

/** Returns how many events were scored. */
async function scoreFile(
  files: Files,
  plan: ScoringPlan,
  settings: Settings,
  output: Destination,
  rejects: Rejects,
  context: ScoreContext,
): Promise<number> {
  const { err, stop, errTerminal } = context;
  const { name, format, bytes: total, open } = files.input;
  stop.throwIfAborted();
  const stream = open();
  // A read from a pipe without a writer would wait forever.
  const end = (): void => void stream.destroy();
  stop.addEventListener('abort', end, { once: true });
  const bar = errTerminal ? progressBar(err, Date.now) : undefined;
  const write = writerFor(files.output.format, plan.stream.scoreSchema, output);
  let bytes = 0;
  let scored = 0;
  try {
    const reader = [...plan.stream.readers.values()][0] as SchemaNode;
    const chunks = counted(stream, name, (count) => (bytes += count));
    const { writer, entries } = await openEvents(chunks, format, reader, name);
    await write.start();
    const batches = scoreRecords(entries, { plan, settings, name, writer });
    for await (const batch of untilStopped(batches, stop)) {
      stop.throwIfAborted();
      const values: Buffer[] = [];
      for (const result of batch) {
        if ('value' in result) values.push(result.value);
        else await rejects.add(result);
      }
      scored += values.length;
      await write.values(values);
      bar?.show({ bytes, total, events: scored + rejects.count });
    }
    await write.end();
    return scored;
  } finally {
    bar?.clear();
    stop.removeEventListener('abort', end);
    stream.destroy();
  }
}

/**
 * Once the command has to stop, it does not wait for the batch in the model: that may take forever.
 */
async function* untilStopped<T>(
  batches: AsyncIterator<T>,
  stop: AbortSignal,
): AsyncGenerator<T, void> {
  const waiting = new Lifecycle(stop);
  for (;;) {
    const next = await waiting.step(() => batches.next());
    if (next.done === true) return;
    yield next.value;
  }
}

interface ScoreWriter {
  start(): Promise<void>;
  values(values: readonly Buffer[]): Promise<void>;
  end(): Promise<void>;
}

function writerFor(format: Format, schema: object, output: Destination): ScoreWriter {
  if (format === 'jsonl') {
    const json = scoreJson(schema);
    return {
      start: () => Promise.resolve(),
      values: (values) => output.write(values.map((value) => `${json(value)}\n`).join('')),
      end: () => Promise.resolve(),
    };
  }
  const container = new ContainerWriter(schema);
  const give = async (block: Buffer | undefined): Promise<void> => {
    if (block !== undefined) await output.write(block);
  };
  return {
    start: () => output.write(container.header()),
    values: async (values) => {
      for (const value of values) await give(await container.add(value));
    },
    end: async () => give(await container.flush()),
  };
}
