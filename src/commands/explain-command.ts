import type { Command } from 'commander';
import { collect, offset, whole } from './option-values.ts';

/** The options of `explain`. */
export function explainOptions(command: Command): Command {
  return command
    .requiredOption('--topic <name>', 'topic of the event, or of its score (the output topic)')
    .option('--partition <number>', 'partition of the record', offset)
    .option('--offset <number>', 'offset of the record', offset)
    .option('--sample <count>', 'instead of one record: recompute so many random scores', whole)
    .option(
      '--from <place>',
      'with --sample: first score, as an offset of the output topic, a time or an age (24h)',
    )
    .option(
      '--to <place>',
      'with --sample: first score that is not sampled; default: the end of now',
    )
    .option('--seed <number>', 'with --sample: the same seed samples the same scores', offset, 1)
    .option(
      '--policy <file>',
      'policy of that time, if the configuration has another one by now; may be repeated',
      collect,
      [],
    )
    .option(
      '--schema <file>',
      'file with the Avro schema of the events; default: the latest in the registry',
    )
    .option(
      '--tolerance <number>',
      'largest difference of a score that counts as the same; default: 0, bit for bit',
      Number,
      0,
    )
    .option(
      '--counterfactual',
      'also look for the smallest change of each field that would change the decision',
    )
    .option('--json <file>', 'write the result as JSON; - for stdout');
}
