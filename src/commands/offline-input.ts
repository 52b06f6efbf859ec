import { ScorerError, type Problem } from '../errors.ts';
import type { Settings } from '../config/settings.ts';
import { eventsOfFile, eventsOfTopic, type OfflineEvents } from '../compose/offline-events.ts';
import type { Format } from '../compose/score-input.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { CommonOptions, ScoreContext } from './context.ts';
import { boundsOf } from './range-options.ts';
import { counted, inputOf } from './score-files.ts';

/** The events that a command reads once. */
export interface OfflineOptions extends CommonOptions {
  readonly input?: string;
  readonly format: Format;
  readonly topic?: string;
  readonly from?: string;
  readonly to?: string;
  readonly schema?: string;
  readonly time?: string;
  readonly every: number;
}

/** Throws INPUT_INVALID with everything that is wrong with the options together. */
export function checkRange({ input, topic, from, to }: OfflineOptions): void {
  const problems: Problem[] = [];
  if ((input === undefined) === (topic === undefined))
    problems.push({
      code: 'INPUT_INVALID',
      what: input === undefined ? 'there are no events' : 'the events come from one place',
      where: '--input',
      remedy: 'Give --input FILE, or --topic NAME with --from and --to.',
    });
  if (topic === undefined && (from ?? to) !== undefined)
    problems.push({
      code: 'INPUT_INVALID',
      what: '--from and --to are the bounds of a topic',
      where: '--from',
      remedy: 'Give --topic NAME.',
    });
  if (problems.length > 0) throw new ScorerError(problems);
}

export interface OpenEvents {
  readonly source: OfflineEvents;
  /** How much of a file is read, in bytes. */
  readonly read: { bytes: number; readonly total: number | undefined };
  readonly close: () => void;
}

export async function openOffline(
  options: OfflineOptions,
  context: ScoreContext,
  settings: Settings,
  reader: SchemaNode,
  running: Lifecycle,
): Promise<OpenEvents> {
  const { topic, input, format } = options;
  const { stop } = context;
  if (topic !== undefined) {
    const range = { topic, ...boundsOf(options, Date.now()) };
    const source = await eventsOfTopic(range, settings, running, stop);
    return { source, read: { bytes: 0, total: undefined }, close: () => undefined };
  }
  const file = await inputOf({ input: input!, format }, context);
  const read = { bytes: 0, total: file.bytes };
  const stream = file.open();
  // A read from a pipe without a writer would wait forever.
  const end = (): void => void stream.destroy();
  stop.addEventListener('abort', end, { once: true });
  const chunks = counted(stream, file.name, (count) => (read.bytes += count));
  const source = await eventsOfFile(chunks, file.format, file.name, reader);
  return {
    source,
    read,
    close: () => {
      stop.removeEventListener('abort', end);
      stream.destroy();
    },
  };
}
