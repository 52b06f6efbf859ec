// `npm run chaos`: replicas of the built program under load on a real cluster that keeps breaking,
// and a ledger of what came out. Exit code 0: the guarantee held; 1: it did not, or the run failed;
// 2: the command line is wrong.
import { resolve } from 'node:path';
import { formatProblems, ScorerError } from '../src/errors.ts';
import { networkViolations, reportNetwork } from './network/report.ts';
import { runNetwork } from './network/run.ts';
import { readOptions, USAGE, type ChaosOptions } from './options.ts';
import { writePage } from './page.ts';
import { reportRun, violations } from './report.ts';
import { reportRollout, rolloutViolations } from './rollout/report.ts';
import { runRollout } from './rollout/run.ts';
import { runChaos } from './run.ts';
import { readSettings } from './settings.ts';

const projectDir = resolve(import.meta.dirname, '..');

const say = (line: string): void => {
  console.error(line);
};

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort();
  });
}

async function main(args: readonly string[]): Promise<number> {
  let options;
  try {
    options = readOptions(args);
  } catch (error) {
    say(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  try {
    const run = options.rollout ? versions : options.network ? wires : crashes;
    const { report, held } = await run(options);
    console.log(report);
    if (options.write) await writePage(projectDir, options, report);
    return held ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) {
      say('stopped');
      process.exit(1); // what was under way when it was called off would go on trying
    }
    say(
      error instanceof ScorerError
        ? formatProblems(error.problems)
        : String((error as Error).stack),
    );
    return 1;
  }
}

interface Told {
  readonly report: string;
  readonly held: boolean;
}

async function crashes(options: ChaosOptions): Promise<Told> {
  const { kinds: _, ...rest } = options;
  const result = await runChaos({ ...rest, projectDir, stop: stop.signal, say });
  return { report: reportRun(result, options), held: violations(result, options).length === 0 };
}

async function wires(options: ChaosOptions): Promise<Told> {
  const settings =
    options.settings === undefined ? undefined : await readSettings(options.settings);
  const result = await runNetwork({ ...options, settings, projectDir, stop: stop.signal, say });
  return {
    report: reportNetwork(result, options),
    held: networkViolations(result, options).length === 0,
  };
}

async function versions(options: ChaosOptions): Promise<Told> {
  const result = await runRollout({ ...options, projectDir, stop: stop.signal, say });
  return {
    report: reportRollout(result, options),
    held: rolloutViolations(result, options).length === 0,
  };
}

// A request that was under way when its broker was broken may go on trying, and would keep the process.
process.exit(await main(process.argv.slice(2)));
