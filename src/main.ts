#!/usr/bin/env node
import { Command, Option } from 'commander';
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { CheckOptions } from './commands/check-examine.ts';
import { compareOptions } from './commands/compare-command.ts';
import type { CompareOptions } from './commands/compare-options.ts';
import type { DemoContext, ExitCode, RunContext, ScoreContext } from './commands/context.ts';
import { demoOptions } from './commands/demo-command.ts';
import type { DemoOptions } from './commands/demo.ts';
import { driftOptions } from './commands/drift-command.ts';
import type { DriftOptions } from './commands/drift.ts';
import { evidenceOptions } from './commands/evidence-command.ts';
import type { EvidenceOptions } from './commands/evidence.ts';
import { explainOptions } from './commands/explain-command.ts';
import type { ExplainOptions } from './commands/explain.ts';
import { initOptions } from './commands/init-command.ts';
import type { InitOptions } from './commands/init.ts';
import { profileOptions } from './commands/profile-command.ts';
import type { ProfileOptions } from './commands/profile-files.ts';
import type { RunOptions } from './commands/run.ts';
import { scoreOptions } from './commands/score-command.ts';
import type { ScoreOptions } from './commands/score.ts';
import { collect, whole } from './commands/option-values.ts';
import { formatProblems, ScorerError } from './errors.ts';
import { isClosedPipe, unwritable } from './files/destination.ts';

/**
 * Longest life of a process after its supervisor is gone. Batches in flight are abandoned after ten
 * seconds.
 */
const ORPHAN_MS = 20_000;

limitYoungGeneration();

// ONNX Runtime sends telemetry unless it is disabled. The events of a scorer are private.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

type AnyContext = DemoContext & RunContext & ScoreContext;

const stop = new AbortController();
const kill = new AbortController();
const unread = new AbortController();
const context: AnyContext = {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stop: stop.signal,
  kill: kill.signal,
  unread: unread.signal,
  // The child gets the options of this process, such as the limit of the young generation.
  fork: (args) =>
    fork(fileURLToPath(import.meta.url), args, {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  supervisor: {
    send: (message) => process.send?.(message, undefined, undefined, () => undefined),
    listen: (onMessage) => {
      process.on('message', onMessage);
      process.on('disconnect', orphaned);
      process.channel?.unref();
      if (!process.connected) orphaned();
    },
  },
  stopSelf: () => {
    stop.abort();
  },
  terminal: process.stdout.isTTY,
  stdin: () => process.stdin,
  stdout: () => process.stdout,
  errTerminal: process.stderr.isTTY,
};

/** Why stdout does not accept output, such as a full disk. */
let unwritten: ScorerError | undefined;

/**
 * A closed pipe (`| head -1`) is not an error: the output is lost, and the command continues to its
 * exit code. A full disk is reported at the end: a service does not stop because its log has no
 * space.
 */
process.stderr.on('error', () => undefined);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (isClosedPipe(error)) unread.abort();
  else unwritten ??= unwritable(error, 'stdout');
});

/**
 * After the first signal, batches in flight are finished. The second signal does not wait for them.
 */
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) {
      kill.abort();
      process.exit(1);
    }
    stop.abort(new DOMException(signal, 'AbortError'));
  });
}

/**
 * The supervisor is gone, for whatever reason. Batches in flight are finished, and this process
 * ends too.
 */
function orphaned(): void {
  stop.abort();
  setTimeout(() => process.exit(1), ORPHAN_MS).unref();
}

/** Runs a command to its exit code, and prints an exception as one readable block. */
function action<Options>(command: (options: Options, context: AnyContext) => Promise<ExitCode>) {
  return async (options: Options): Promise<void> => {
    try {
      process.exitCode = await command(options, context);
      await new Promise(setImmediate); // until the result of the last write is known
      if (unwritten !== undefined) throw unwritten;
    } catch (error) {
      const known = error instanceof ScorerError;
      context.err(known ? `${formatProblems(error.problems)}\n` : `INTERNAL  ${describe(error)}\n`);
      process.exitCode = known ? error.exitCode : 1;
    }
    // A connection that does not close must not keep a process alive that has finished.
    setTimeout(() => process.exit(), 2000).unref();
  };
}

/** The model is opened in another process, which starts while this one loads its code. */
async function prepareWorker(): Promise<void> {
  (await import('./infer/worker-fork.ts')).prepareWorker();
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

// The code of a command is loaded on demand: `run` needs nothing of the demo.
function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--config <file>', 'configuration file', 'config/scorer.yaml')
    .option(
      '--set <path=value>',
      'override one key of the configuration; may be repeated',
      collect,
      [],
    );
}

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
  .action(
    action<RunOptions>(async (...given) => (await import('./commands/run.ts')).run(...given)),
  );

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
  .action(
    action<CheckOptions>(async (options, given) => {
      if (options.print !== true) await prepareWorker();
      return (await import('./commands/check.ts')).check(options, given);
    }),
  );

initOptions(program.command('init')).action(
  action<InitOptions>(async (...given) => (await import('./commands/init.ts')).init(...given)),
);

scoreOptions(command('score', 'score a file of events without Kafka')).action(
  action<ScoreOptions>(async (options, given) => {
    await prepareWorker();
    return (await import('./commands/score.ts')).score(options, given);
  }),
);

compareOptions(program.command('compare')).action(
  action<CompareOptions>(async (options, given) => {
    await prepareWorker();
    return (await import('./commands/compare.ts')).compare(options, given);
  }),
);

explainOptions(
  command('explain', 'recompute a past score, and say whether it matches, bit for bit'),
).action(
  action<ExplainOptions>(async (options, given) => {
    await prepareWorker();
    return (await import('./commands/explain.ts')).explain(options, given);
  }),
);

profileOptions(command('profile', '')).action(
  action<ProfileOptions>(async (options, given) => {
    await prepareWorker();
    return (await import('./commands/profile.ts')).profile(options, given);
  }),
);

driftOptions(command('drift', '')).action(
  action<DriftOptions>(async (options, given) => {
    await prepareWorker();
    return (await import('./commands/drift.ts')).drift(options, given);
  }),
);

evidenceOptions(
  command('evidence', 'pack what is known about a range of time into a folder with an index page'),
).action(
  action<EvidenceOptions>(async (options, given) => {
    await prepareWorker();
    return (await import('./commands/evidence.ts')).evidence(options, given);
  }),
);

demoOptions(
  command('demo', 'score simulated card transactions, with a Kafka that the demo starts'),
).action(
  action<DemoOptions>(async (...given) => (await import('./commands/demo.ts')).demo(...given)),
);

await program.parseAsync();

/**
 * Node.js sizes the young generation of its heap for throughput: two times 32 MB, which a stream of
 * records fills but hardly needs. The size can only be set when a process starts, so `run`,
 * `score`, `compare`, `profile` and `drift` replace themselves with a new process under the same process id, unless the option is
 * already set. Windows does not support that.
 */
function limitYoungGeneration(): void {
  const given = `${process.execArgv.join(' ')} ${process.env['NODE_OPTIONS'] ?? ''}`;
  if (
    !['run', 'score', 'compare', 'profile', 'drift'].includes(process.argv[2] ?? '') ||
    given.includes('semi-space') ||
    process.platform === 'win32'
  )
    return;
  const flags = [
    '--max-semi-space-size=8',
    '--disable-warning=ExperimentalWarning',
    ...process.execArgv,
  ];
  process.execve?.(
    process.execPath,
    [process.execPath, ...flags, ...process.argv.slice(1)],
    process.env,
  );
}
