import { Option, type Command } from 'commander';

/** The options of `score`. */
export function scoreOptions(command: Command): Command {
  return command
    .requiredOption(
      '--input <file>',
      'events: .jsonl (one JSON object per line), .avro (container file), or - for stdin',
    )
    .requiredOption('--output <file>', 'score records: .jsonl, .avro, or - for stdout')
    .addOption(
      new Option('--format <format>', 'format of stdin and stdout')
        .choices(['jsonl', 'avro'])
        .default('jsonl'),
    )
    .option(
      '--schema <file>',
      'file with the Avro schema of the events; default: the latest in the registry',
    )
    .option(
      '--dead-letters <file>',
      'events that could not be scored, one JSON object per line: index, stage, code, message',
    )
    .option('--strict', 'exit with code 1 if an event could not be scored');
}
