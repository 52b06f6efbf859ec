import type { Command } from 'commander';
import { collect, offset, whole } from './option-values.ts';

/** The options of `evidence`. */
export function evidenceOptions(command: Command): Command {
  return command
    .requiredOption('--from <time>', 'first score, as a time (2026-11-01, in UTC) or an age (7d)')
    .requiredOption('--to <time>', 'first score that is not included')
    .requiredOption('--output <folder>', 'folder for the evidence; it must not exist, or be empty')
    .option(
      '--labels-to <time>',
      'labels that were written later do not count; default: all that are there now',
    )
    .option('--sample <count>', 'recompute so many random scores', whole, 1000)
    .option('--seed <number>', 'the same seed samples the same scores', offset, 1)
    .option(
      '--policy <file>',
      'policy that decided in the range, beside that of the configuration; may be repeated',
      collect,
      [],
    )
    .option(
      '--schema <file>',
      'file with the Avro schema of the events; default: the latest in the registry',
    )
    .option(
      '--tolerance <number>',
      'largest difference of a recomputed score that counts as the same; default: 0, bit for bit',
      Number,
      0,
    );
}
