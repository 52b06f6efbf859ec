import { Command, CommanderError, Option } from 'commander';
import { createRequire } from 'node:module';
import { formatProblems, ScorerError } from '../errors.ts';
import type { CheckOptions } from './check-examine.ts';
import { compareOptions } from './compare-command.ts';
import type { CompareOptions } from './compare-options.ts';
import type { DemoContext, ExitCode, RunContext, ScoreContext } from './context.ts';
import { demoOptions } from './demo-command.ts';
import type { DemoOptions } from './demo.ts';
import { driftOptions } from './drift-command.ts';
import type { DriftOptions } from './drift.ts';
import { evidenceOptions } from './evidence-command.ts';
import type { EvidenceOptions } from './evidence.ts';
import { explainOptions } from './explain-command.ts';
import type { ExplainOptions } from './explain.ts';
import { initOptions } from './init-command.ts';
import type { InitOptions } from './init.ts';
import { collect, whole } from './option-values.ts';
import { profileOptions } from './profile-command.ts';
import type { ProfileOptions } from './profile-files.ts';
import type { RunOptions } from './run.ts';
import { scoreOptions } from './score-command.ts';
import type { ScoreOptions } from './score.ts';

/** What all commands together may know about their process. */
export interface ProgramContext extends DemoContext, RunContext, ScoreContext {
  /** Resolves when the result of the last write to stdout is known. Throws why it failed. */
  readonly written: () => Promise<void>;
}

/** Runs the command that the arguments name, to its exit code. */
export async function runProgram(
  args: readonly string[],
  context: ProgramContext,
): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = programOf(context, (of) => (code = of));
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return code;
}

/** Runs a command to its exit code, and prints an exception as one readable block. */
export async function exitCodeOf(
  command: () => Promise<ExitCode>,
  err: (text: string) => void,
): Promise<ExitCode> {
  try {
    return await command();
  } catch (error) {
    const known = error instanceof ScorerError;
    err(known ? `${formatProblems(error.problems)}\n` : `INTERNAL  ${describe(error)}\n`);
    return known ? error.exitCode : 1;
  }
}

/** The model is opened in another process, which starts while this one loads its code. */
async function prepareWorker(): Promise<void> {
  (await import('../infer/worker-fork.ts')).prepareWorker();
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Every command with its options. `ended` gets the exit code of the command that was run. */
function programOf(context: ProgramContext, ended: (code: ExitCode) => void): Command {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  const program = new Command('stream-scorer')
    .description('Scores Kafka streams with an ONNX model.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: context.out, writeErr: context.err })
    .showSuggestionAfterError();

  const action =
    <Options>(run: (options: Options, context: ProgramContext) => Promise<ExitCode>) =>
    async (options: Options): Promise<void> => {
      const command = async (): Promise<ExitCode> => {
        const code = await run(options, context);
        await context.written();
        return code;
      };
      ended(await exitCodeOf(command, context.err));
    };

  // The code of a command is loaded on demand: `run` needs nothing of the demo.
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--config <file>', 'configuration file', 'config/scorer.yaml')
      .option(
        '--set <path=value>',
        'override one key of the configuration; may be repeated',
        collect,
        [],
      );

  command('run', 'score the input topics until stopped')
    .option(
      '--processes <count>',
      'run this many processes as members of one group, with one HTTP port for all',
      whole,
    )
    .addOption(
      new Option('--member <place>', 'which process of a supervisor this is')
        .argParser(Number)
        .hideHelp(),
    )
    .action(action<RunOptions>(async (...given) => (await import('./run.ts')).run(...given)));

  command(
    'check',
    'check the configuration, the model, the event schema, the brokers, the topics and the registry',
  )
    .option('--print', 'show the effective configuration with secrets masked')
    .option('--offline', 'do not connect to the brokers or the registry')
    .option(
      '--schema <file>',
      'file with the Avro schema of the events; default: the latest in the registry',
    )
    .option('--score-schema', 'show only the Avro schema of the score records')
    .option('--drift-schema', 'show only the Avro schema of the reports of drift (drift.topic)')
    .addOption(
      new Option(
        '--comparison-schema',
        'show only the Avro schema of comparisons with a challenger (model.challengerTopic)',
      ).conflicts(['driftSchema']),
    )
    .action(
      action<CheckOptions>(async (options, given) => {
        const { print, driftSchema, comparisonSchema } = options;
        const needsModel = [print, driftSchema, comparisonSchema].every((only) => only !== true);
        if (needsModel) await prepareWorker();
        return (await import('./check.ts')).check(options, given);
      }),
    );

  initOptions(program.command('init')).action(
    action<InitOptions>(async (...given) => (await import('./init.ts')).init(...given)),
  );

  scoreOptions(command('score', 'score a file of events without Kafka')).action(
    action<ScoreOptions>(async (options, given) => {
      await prepareWorker();
      return (await import('./score.ts')).score(options, given);
    }),
  );

  compareOptions(program.command('compare')).action(
    action<CompareOptions>(async (options, given) => {
      await prepareWorker();
      return (await import('./compare.ts')).compare(options, given);
    }),
  );

  explainOptions(
    command('explain', 'recompute a past score, and say whether it matches, bit for bit'),
  ).action(
    action<ExplainOptions>(async (options, given) => {
      await prepareWorker();
      return (await import('./explain.ts')).explain(options, given);
    }),
  );

  profileOptions(command('profile', '')).action(
    action<ProfileOptions>(async (options, given) => {
      await prepareWorker();
      return (await import('./profile.ts')).profile(options, given);
    }),
  );

  driftOptions(command('drift', '')).action(
    action<DriftOptions>(async (options, given) => {
      await prepareWorker();
      return (await import('./drift.ts')).drift(options, given);
    }),
  );

  evidenceOptions(
    command(
      'evidence',
      'pack what is known about a range of time into a folder with an index page',
    ),
  ).action(
    action<EvidenceOptions>(async (options, given) => {
      await prepareWorker();
      return (await import('./evidence.ts')).evidence(options, given);
    }),
  );

  demoOptions(
    command('demo', 'score simulated card transactions, with a Kafka that the demo starts'),
  ).action(action<DemoOptions>(async (...given) => (await import('./demo.ts')).demo(...given)));

  return program;
}
