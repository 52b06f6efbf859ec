import { Option, type Command } from 'commander';
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
  return command
    .option('--input <file>', 'events: .jsonl, .avro, or - for stdin')
    .addOption(
      new Option('--format <format>', 'format of stdin')
        .choices(['jsonl', 'avro'])
        .default('jsonl'),
    )
    .option('--topic <name>', 'events of this topic, instead of a file')
    .option(
      '--from <place>',
      'first record: an offset (100, or 0:100,1:250), a time (2026-11-27T10:00, UTC) or an age (24h); default: the oldest',
    )
    .option('--to <place>', 'first record that is not read; default: the end of now')
    .option(
      '--schema <file>',
      'file with the Avro schema of the events; default: the latest in the registry',
    )
    .option('--time <field>', 'field with the time; default: the timestamp of the record')
    .option('--every <count>', 'read every so many-th event', whole, 1);
}

function countOf(text: string): number {
  return text === '0' ? 0 : whole(text);
}
