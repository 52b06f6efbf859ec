import type { Command } from 'commander';
import { eventOptions } from './event-options.ts';
import { labelOptions } from './label-options.ts';
import { collect, whole } from './option-values.ts';

/** The options of `compare`. */
export function compareOptions(command: Command): Command {
  const events = command
    .description(
      'score the same events with two models or two policies, and report what differs; nothing is committed or written to a topic',
    )
    .option(
      '--config <file>',
      'configuration file of A, and again of B; default: config/scorer.yaml for both',
      collect,
      [],
    )
    .option('--set <path=value>', 'override one key for both; may be repeated', collect, [])
    .option('--set-a <path=value>', 'override one key of A; may be repeated', collect, [])
    .option('--set-b <path=value>', 'override one key of B; may be repeated', collect, []);
  eventOptions(events).option(
    '--recorded',
    'A is what the output topic says was decided, instead of scoring again; needs --topic',
  );
  return labelOptions(events)
    .option('--amount <field>', 'field that is money, for sums')
    .option('--by <field>', 'field to group by')
    .option('--time <field>', 'field with the time; default: the timestamp of the record')
    .option('--capacity <reviews>', 'reviews per day: reports the threshold that needs', whole)
    .option(
      '--alarm <decisions>',
      'decisions that are alarms, a,b; default: all but the first band',
    )
    .option('--examples <count>', 'examples of each kind of flip', whole, 3)
    .option('--every <count>', 'compare every so many-th event', whole, 1)
    .option('--max-events <count>', 'refuse more events than this', whole, 20_000_000)
    .option('--html <file>', 'write a page with plots; - for stdout')
    .option('--json <file>', 'write the report as JSON; - for stdout')
    .option('--rows <file>', 'write what both say about each event, one JSON object per line');
}
