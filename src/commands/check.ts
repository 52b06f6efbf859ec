import { openChampion, type Champion } from '../compose/champion.ts';
import { configuredChampion } from '../compose/configured-champion.ts';
import { examineConfig } from '../config/load.ts';
import { printSettings } from '../config/print.ts';
import { comparisonSchema } from '../encode/comparison-schema.ts';
import { driftSchema } from '../encode/drift-schema.ts';
import { ScorerError } from '../errors.ts';
import { isAbortOf } from '../runtime/abort.ts';
import type { Checked, CheckOptions } from './check-examine.ts';
import type { Context, ExitCode } from './context.ts';
import { exitCodeOf } from './signals.ts';

/** Validates everything, prints what it understood, and reports all problems together. */
export async function check(options: CheckOptions, context: Context): Promise<ExitCode> {
  const { env, cwd, out, err, stop } = context;
  const { settings, ...examined } = await examineConfig({
    file: options.config,
    sets: options.set,
    env,
    cwd,
  });
  const { problems, doubtful } = examined;
  const side = sideOf(options);
  const only = options.print === true || options.scoreSchema === true || side !== undefined;
  if (settings === undefined || (problems.length > 0 && only)) throw new ScorerError(problems);
  if (options.print === true) {
    out(printSettings(settings));
    return 0;
  }
  if (side !== undefined) {
    out(`${JSON.stringify(side(settings.output), null, 2)}\n`);
    return 0;
  }
  try {
    // A section with a mistake does not say what was meant, so what it names is not examined.
    const found = doubtful.has('model')
      ? { bundle: undefined, problems: [] }
      : await configuredChampion(settings, {
          offline: options.offline === true,
          note: (what) => {
            err(`note: ${what}\n`);
          },
          signal: stop,
        });
    return await opened(found, { options, settings, ...examined }, context);
  } catch (error) {
    if (!isAbortOf(stop, error)) throw error;
    err('interrupted\n');
    return exitCodeOf(stop);
  }
}

/** Opens the model, and examines everything meanwhile. */
async function opened(
  found: Champion,
  checked: Omit<Checked, 'champion' | 'release'>,
  context: Context,
): Promise<ExitCode> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.stop, over.signal]);
  // The model is never opened in this process: if it crashes its process, this one can report that.
  const champion = openChampion(found, checked.settings, { elsewhere: true, signal });
  const release = async (): Promise<void> => {
    over.abort(); // it may still be opening
    await (await champion.catch(() => undefined))?.model?.release();
  };
  champion.catch(() => undefined); // the caller that awaits it gets the error
  try {
    // A check spends most of its time on opening a large model. The rest is loaded meanwhile.
    const { examine } = await import('./check-examine.ts');
    return await examine({ ...checked, champion, release }, context);
  } finally {
    await release();
  }
}

/** The schema of records beside the scores, if that is all that is wanted. */
function sideOf({ driftSchema: drift, comparisonSchema: comparison }: CheckOptions) {
  if (drift === true) return driftSchema;
  return comparison === true ? comparisonSchema : undefined;
}
