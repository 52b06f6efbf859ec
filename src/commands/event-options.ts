import { Option, type Command } from 'commander';

/** Where the events of a command come from: a file, or a range of a topic. */
export function eventOptions(command: Command): Command {
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
    );
}
