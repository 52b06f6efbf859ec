import { Option, type Command } from 'commander';
import type { LabelOptions } from '../compose/label-join.ts';
import type { Problem } from '../errors.ts';

/** Labels of events, for a command that reads the events once. */
export function labelOptions(command: Command): Command {
  return command
    .option(
      '--labels <file>',
      'what the events turned out to be: .jsonl, .csv, .avro, or topic:NAME',
    )
    .option(
      '--label-id <field>',
      'field that joins labels with events, or EVENT_FIELD=LABEL_FIELD; @key is the key of a record',
    )
    .option('--label <field>', 'field of the label (default: label), or FIELD=VALUE that means 1')
    .addOption(
      new Option('--unlabelled <meaning>', 'what an event without a label is').choices([
        'ignore',
        '0',
      ]),
    );
}

/** Options that mean nothing without labels. */
export function labelProblems({ labels, labelId, label, unlabelled }: LabelOptions): Problem[] {
  const given = [
    ['--label-id', labelId],
    ['--label', label],
    ['--unlabelled', unlabelled],
  ] as const;
  return given.flatMap(([where, value]): Problem[] =>
    value === undefined || labels !== undefined
      ? []
      : [
          {
            code: 'INPUT_INVALID',
            what: `${where} needs labels`,
            where,
            remedy: 'Give --labels FILE or --labels topic:NAME.',
          },
        ],
  );
}
