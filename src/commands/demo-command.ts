import type { Command } from 'commander';
import { positive } from './option-values.ts';

/** The options of `demo`. */
export function demoOptions(command: Command): Command {
  return command
    .option('--rate <events>', 'events per second (default: 500; with --events 5000)', positive)
    .option(
      '--events <count>',
      'stop after this many events, and compare the decisions with the labels',
      positive,
    )
    .option(
      '--seed <number>',
      'seed of the simulation; another seed gives other customers and events',
      Number,
    )
    .option('--no-stack', 'use the brokers and the registry of the configuration; start none')
    .option('--no-score', 'only produce the transactions; do not start the scorer')
    .option('--no-swap', 'do not let the challenger take over');
}
