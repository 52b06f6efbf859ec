import type { Command } from 'commander';
import { rangeOptions } from './profile-command.ts';

/** The options of `drift`. */
export function driftOptions(command: Command): Command {
  return rangeOptions(
    command.description(
      'compare the features and scores of events with the profile of the champion; nothing is committed or written to a topic',
    ),
  )
    .option(
      '--recorded',
      'the counts that processes wrote to drift.topic, instead of events; --from and --to are places in it',
    )
    .option('--report <file>', 'write a page with each feature beside its reference; - for stdout')
    .option('--json <file>', 'write the report as JSON; - for stdout');
}
