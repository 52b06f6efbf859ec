#!/usr/bin/env node
import { Command } from 'commander';
import { createRequire } from 'node:module';
import { check, type CheckOptions } from './commands/check.ts';
import type { CommonOptions, Context, ExitCode } from './commands/context.ts';
import { run } from './commands/run.ts';
import { formatProblems, ScorerError } from './errors.ts';

const stop = new AbortController();
const context: Context = {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stop: stop.signal,
  terminal: process.stdout.isTTY,
};

/** The first signal lets what is in flight finish; the second does not wait for it. */
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
  });
}

/** Runs a command to its exit code, and turns what it throws into one block that a person can read. */
function action<Options>(command: (options: Options, context: Context) => Promise<ExitCode>) {
  return async (options: Options): Promise<void> => {
    try {
      process.exitCode = await command(options, context);
    } catch (error) {
      const known = error instanceof ScorerError;
      context.err(known ? `${formatProblems(error.problems)}\n` : `INTERNAL  ${describe(error)}\n`);
      process.exitCode = known ? error.exitCode : 1;
    }
    // A connection that does not close must not keep a process alive that has nothing left to do.
    setTimeout(() => process.exit(), 2000).unref();
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
const program = new Command('stream-scorer')
  .description('Scores Kafka streams with an ONNX model.')
  .version(version)
  .exitOverride((end) => process.exit(end.exitCode === 0 ? 0 : 2))
  .showSuggestionAfterError();

const collect = (value: string, all: string[]): string[] => [...all, value];
function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--config <file>', 'configuration file', 'config/scorer.yaml')
    .option('--set <path=value>', 'override one key of the configuration; may be repeated', collect, []);
}

command('run', 'score the input topics until stopped').action(action<CommonOptions>(run));

command('check', 'validate configuration, model and event schema, brokers, topics and registry')
  .option('--print', 'show the effective configuration, secrets masked')
  .option('--offline', 'leave brokers and registry alone')
  .option('--schema <file>', 'Avro schema of the events, instead of the latest in the registry')
  .action(action<CheckOptions>(check));

await program.parseAsync();
