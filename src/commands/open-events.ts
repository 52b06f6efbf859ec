import type { Range } from '../consume/range-reader.ts';
import type { Format } from '../compose/score-input.ts';
import type { ScoreContext } from './context.ts';
import { boundsOf } from './range-options.ts';
import { counted, inputOf } from './score-files.ts';

/** Where events come from: a file, or a range of a topic. */
export interface EventOptions {
  readonly input?: string;
  readonly format: Format;
  readonly topic?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Makes what reads the events, of whichever kind a command needs. */
export interface SourcesOf<Source> {
  readonly topic: (range: Pick<Range, 'topic' | 'from' | 'to'>) => Promise<Source>;
  readonly file: (chunks: AsyncIterable<Buffer>, format: Format, name: string) => Promise<Source>;
}

export interface OpenEvents<Source> {
  readonly source: Source;
  /** How much of a file is read, in bytes. */
  readonly read: { bytes: number; readonly total: number | undefined };
  readonly close: () => void;
}

/** Opens the events of the options. */
export async function openEvents<Source>(
  options: EventOptions,
  context: ScoreContext,
  sources: SourcesOf<Source>,
): Promise<OpenEvents<Source>> {
  const { topic, input, format } = options;
  const { stop } = context;
  if (topic !== undefined) {
    const source = await sources.topic({ topic, ...boundsOf(options, Date.now()) });
    return { source, read: { bytes: 0, total: undefined }, close: () => undefined };
  }
  const file = await inputOf({ input: input!, format }, context);
  const read = { bytes: 0, total: file.bytes };
  const stream = file.open();
  // A read from a pipe without a writer would wait forever.
  const end = (): void => void stream.destroy();
  stop.addEventListener('abort', end, { once: true });
  const chunks = counted(stream, file.name, (count) => (read.bytes += count));
  const source = await sources.file(chunks, file.format, file.name);
  return {
    source,
    read,
    close: () => {
      stop.removeEventListener('abort', end);
      stream.destroy();
    },
  };
}
