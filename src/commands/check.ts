import { findChampion, openChampion } from '../compose/champion.ts';
import { examineConfig } from '../config/load.ts';
import { printSettings } from '../config/print.ts';
import { ScorerError } from '../errors.ts';
import { isAbortOf } from '../runtime/abort.ts';
import type { CheckOptions } from './check-examine.ts';
import type { Context, ExitCode } from './context.ts';
import { exitCodeOf } from './signals.ts';

/** Validates everything and prints what it understood; all problems at once. */
export async function check(options: CheckOptions, context: Context): Promise<ExitCode> {
  const { env, cwd, out, err, stop } = context;
  const { settings, ...examined } = await examineConfig({
    file: options.config,
    sets: options.set,
    env,
    cwd,
  });
  const { problems, doubtful } = examined;
  const only = options.print === true || options.scoreSchema === true;
  if (settings === undefined || (problems.length > 0 && only)) throw new ScorerError(problems);
  if (options.print === true) {
    out(printSettings(settings));
    return 0;
  }
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  // What a section with a mistake in it names is not what was meant, and is not looked at.
  const found = doubtful.has('model')
    ? { bundle: undefined, problems: [] }
    : await findChampion(settings);
  // Never in this process: what the model does to its process is told, and the end of this one is
  // heard.
  const champion = openChampion(found, settings, { elsewhere: true, signal });
  const release = async (): Promise<void> => {
    over.abort(); // where it is still being opened
    await (await champion.catch(() => undefined))?.model?.release();
  };
  champion.catch(() => undefined); // who waits for it hears of it
  try {
    // Meanwhile the rest is loaded: a large model is what a check takes its time for.
    const { examine } = await import('./check-examine.ts');
    return await examine({ options, settings, ...examined, champion, release }, context);
  } catch (error) {
    if (!isAbortOf(stop, error)) throw error;
    err('interrupted\n');
    return exitCodeOf(stop);
  } finally {
    await release();
  }
}
