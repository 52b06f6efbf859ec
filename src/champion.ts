import { ScorerError, type ErrorCode, type Problem } from './errors.ts';
import { unfed } from './flow/features.ts';
import { asItIs, lookAtFiles, readBundle, resolveVersion, type Bundle } from './infer/bundle.ts';
import type { Model } from './infer/model.ts';
import { ModelRefused, type KnownInputs } from './infer/refused.ts';
import type { Settings } from './config/settings.ts';

/** What model.yaml says of the version that decides. Throws MODEL_NOT_FOUND or MODEL_INVALID. */
export async function championBundle({ model }: Settings): Promise<Bundle> {
  return readBundle(model.dir, await resolveVersion(model.dir, model.champion));
}

/** What a wrong checksum says already: the file is no longer whole. */
const BROKEN_COPY: readonly ErrorCode[] = ['MODEL_UNREADABLE', 'MODEL_CRASHED', 'MODEL_TIMEOUT'];

/**
 * Opens the model; adds what is wrong with it and its files. Where these are not those that model.yaml names, it is opened only
 * `elsewhere`, to tell what else is wrong, and is no model to score with.
 */
export async function openChampion(
  bundle: Bundle,
  load: (as: Bundle) => Promise<Model>,
  elsewhere: boolean,
  problems: Problem[],
): Promise<{ readonly model?: Model; readonly known?: KnownInputs }> {
  const files = await lookAtFiles(bundle);
  const fine = files.problems.length === 0;
  problems.push(...files.problems);
  if (!fine && !(elsewhere && files.model)) return {};
  try {
    const model = await load(fine ? bundle : asItIs(bundle));
    const known = { inputs: model.inputs, unusable: [] };
    if (fine) return { model, known };
    await model.release();
    return { known };
  } catch (error) {
    if (!(error instanceof ScorerError)) throw error;
    const known = error instanceof ModelRefused ? error.known : undefined;
    // That an input is not fed is said where model.yaml is compared with the model.
    const again = new Set(known?.inputs.map((input) => unfed(input).what));
    const ours = error.problems.filter(({ code, what }) => !again.has(what) && (fine || !BROKEN_COPY.includes(code)));
    problems.push(...ours);
    return known === undefined ? {} : { known };
  }
}
