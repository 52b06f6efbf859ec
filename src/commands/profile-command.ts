import type { Command } from 'commander';
import { eventOptions } from './event-options.ts';
import { labelOptions } from './label-options.ts';
import { whole } from './option-values.ts';

/** The options of `profile`. */
export function profileOptions(command: Command): Command {
  const events = rangeOptions(
    command.description(
      'compute the reference profile of the champion from its events: profile.json for drift, and background.jsonl for reasons; with labels, also what its scores lead to expect',
    ),
  );
  return labelOptions(events)
    .option('--output <folder>', 'where the files are written; default: the folder of the version')
    .option('--background <count>', 'events of the background sample; 0: none', countOf, 100)
    .option('--seed <number>', 'another seed draws another sample', whole, 1)
    .option('--no-hours', 'no references by the hour of the week')
    .option('--write', 'name the files in model.yaml')
    .option('--force', 'overwrite existing files');
}

/** The events that a command reads once: a file, or a range of a topic. */
export function rangeOptions(command: Command): Command {
  return eventOptions(command)
    .option('--time <field>', 'field with the time; default: the timestamp of the record')
    .option('--every <count>', 'read every so many-th event', whole, 1);
}

function countOf(text: string): number {
  return text === '0' ? 0 : whole(text);
}
