import { basename } from 'node:path';
import type { Both } from '../compare/compared-batch.ts';
import type { OpenSide } from '../compose/compare-sides.ts';
import { fileSource, topicSource, type CompareSource } from '../compose/compare-source.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { CompareOptions } from './compare-options.ts';
import type { ScoreContext } from './context.ts';
import { openEvents, type OpenEvents } from './open-events.ts';

/** The events of the options: a file, or a range of a topic. */
export function openSource(
  options: CompareOptions,
  context: ScoreContext,
  sides: Both<OpenSide>,
  running: Lifecycle,
): Promise<OpenEvents<CompareSource>> {
  return openEvents(options, context, {
    topic: (range) => topicSource(range, sides, running, context.stop),
    file: (chunks, format, name) => fileSource(chunks, format, name, sides),
  });
}

/** The input in words, for the report. */
export function describeInput({ input, topic, from, to }: CompareOptions): string {
  if (topic === undefined) return `file ${basename(input!)}`;
  return `topic ${topic} from ${from ?? 'the oldest record'} to ${to ?? 'the end'}`;
}
