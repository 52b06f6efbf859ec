import { basename } from 'node:path';
import type { Both } from '../compare/compared-batch.ts';
import type { OpenSide } from '../compose/compare-sides.ts';
import { fileSource, topicSource, type CompareSource } from '../compose/compare-source.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { CompareOptions } from './compare-options.ts';
import type { ScoreContext } from './context.ts';
import { boundsOf } from './range-options.ts';
import { counted, inputOf } from './score-files.ts';

export interface OpenSource {
  readonly source: CompareSource;
  /** How much of a file is read, in bytes. */
  readonly read: { bytes: number; readonly total: number | undefined };
  readonly close: () => void;
}

/** The events of the options: a file, or a range of a topic. */
export async function openSource(
  options: CompareOptions,
  context: ScoreContext,
  sides: Both<OpenSide>,
  running: Lifecycle,
): Promise<OpenSource> {
  const { topic, input, format } = options;
  const { stop } = context;
  if (topic !== undefined) {
    const range = { topic, ...boundsOf(options, Date.now()) };
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

/** The input in words, for the report. */
export function describeInput({ input, topic, from, to }: CompareOptions): string {
  if (topic === undefined) return `file ${basename(input!)}`;
  return `topic ${topic} from ${from ?? 'the oldest record'} to ${to ?? 'the end'}`;
}
