import { ScorerError, type Problem } from '../errors.ts';
import type { Settings } from '../config/settings.ts';
import { eventsOfFile, eventsOfTopic, type OfflineEvents } from '../compose/offline-events.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { CommonOptions, ScoreContext } from './context.ts';
import { openEvents, type EventOptions, type OpenEvents } from './open-events.ts';

/** The events that a command reads once. */
export interface OfflineOptions extends CommonOptions, EventOptions {
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

export function openOffline(
  options: OfflineOptions,
  context: ScoreContext,
  settings: Settings,
  reader: SchemaNode,
  running: Lifecycle,
): Promise<OpenEvents<OfflineEvents>> {
  return openEvents(options, context, {
    topic: (range) => eventsOfTopic(range, settings, running, context.stop),
    file: (chunks, format, name) => eventsOfFile(chunks, format, name, reader),
  });
}
