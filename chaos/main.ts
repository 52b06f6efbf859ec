// `npm run chaos`: replicas of the built program under load on a real cluster that keeps breaking, and a ledger of what
// came out. Exit code 0: the guarantee held; 1: it did not, or the run failed; 2: the command line is wrong.
import { resolve } from 'node:path';
import { formatProblems, ScorerError } from '../src/errors.ts';
import { readOptions, USAGE } from './options.ts';
import { writePage } from './page.ts';
import { reportRun, violations } from './report.ts';
import { runChaos } from './run.ts';

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
    const result = await runChaos({ ...options, projectDir, stop: stop.signal, say });
    const report = reportRun(result, options);
    console.log(report);
    if (options.write) await writePage(projectDir, options, report);
    return violations(result, options).length === 0 ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) say('stopped');
    else say(error instanceof ScorerError ? formatProblems(error.problems) : String((error as Error).stack));
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
