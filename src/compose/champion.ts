import { ScorerError, type ErrorCode, type Problem } from '../errors.ts';
import { unfed } from '../flow/features.ts';
import { lookAtFiles } from '../infer/bundle-files.ts';
import { asItIs, readBundle, resolveVersion, type Bundle } from '../infer/bundle.ts';
import { loadModel, type LoadOptions } from '../infer/load-model.ts';
import type { Model } from '../infer/model.ts';
import { ModelRefused, type KnownInputs } from '../infer/model-refused.ts';
import type { Settings } from '../config/settings.ts';

/** What model.yaml says of the version that decides. Throws as `readBundle`. */
async function championBundle({ model }: Settings): Promise<Bundle> {
  return readBundle(model.dir, await resolveVersion(model.dir, model.champion));
}

/** What a wrong checksum says already: the file is no longer whole. */
const BROKEN_COPY: readonly ErrorCode[] = ['MODEL_UNREADABLE', 'MODEL_CRASHED', 'MODEL_TIMEOUT'];

/** The version that decides, and what is in the way. */
export interface Champion {
  readonly bundle: Bundle | undefined;
  readonly model?: Model;
  readonly known?: KnownInputs;
  readonly problems: readonly Problem[];
}

/** How the model is run, beyond what the configuration says. */
export type ModelOptions = Pick<LoadOptions, 'onTimeout' | 'signal' | 'trial'> & {
  /**
   * Never in this process, whatever the configuration says: what the model does to its process is
   * told, and the end is heard.
   */
  readonly elsewhere?: boolean;
};

/** What is said of it, before it is opened. */
export async function findChampion(settings: Settings): Promise<Champion> {
  try {
    const bundle = await championBundle(settings);
    return {
      bundle,
      problems: [...bundle.todos.map((todo) => unfinished(todo, bundle)), ...bundle.invalid],
    };
  } catch (error) {
    return { bundle: undefined, problems: problemsOf(error) };
  }
}

/** A draft is a guess until a person has looked at it. */
function unfinished(todo: string, { yamlFile }: Bundle): Problem {
  const remedy = 'Do what the comment says, then delete the comment.';
  return {
    code: 'MODEL_INVALID',
    what: `model.yaml is an unfinished draft: ${todo}`,
    where: yamlFile,
    remedy,
  };
}

/**
 * Opens the model, and tells what is wrong with it and its files. Where these are not those that
 * model.yaml names, or that is not valid, it is opened only `elsewhere`, to tell what else is
 * wrong, and is no model to score with. What is opened elsewhere is under way when this returns,
 * before it is awaited.
 */
export async function openChampion(
  found: Champion,
  { name, inference }: Settings,
  { elsewhere = false, ...more }: ModelOptions = {},
): Promise<Champion> {
  const { bundle } = found;
  if (bundle === undefined) return found;
  const workers = elsewhere ? Math.max(1, inference.workers) : inference.workers;
  const load = (as: Bundle): Promise<Opened> =>
    loadModel(as, { name, ...inference, workers, ...more }).then(opened, refused);
  const valid = bundle.invalid.length === 0;
  const first: Opened = valid ? await load(bundle) : { problems: [] };
  const files = await lookAtFiles(bundle, first.model !== undefined);
  const whole = files.problems.length === 0;
  if (valid && whole) return { bundle, ...first, problems: [...found.problems, ...first.problems] };
  const { model, known, problems } = await otherwise(first);
  await model?.release();
  // What a wrong checksum says already is not told again, nor what may follow from what is wrong in
  // model.yaml.
  const follows = [
    ...(whole ? [] : BROKEN_COPY),
    ...(bundle.doubtful.has('batchDependent') ? ['MODEL_BATCH_DEPENDENT'] : []),
  ];
  const ours = problems.filter(({ code }) => !follows.includes(code));
  return {
    bundle,
    ...(known === undefined ? {} : { known }),
    problems: [...found.problems, ...files.problems, ...ours],
  };

  function otherwise(attempt: Opened): Opened | Promise<Opened> {
    if (attempt.model !== undefined) return attempt;
    return elsewhere && files.model ? load(asItIs(bundle!)) : { problems: [] };
  }
}

type Opened = Omit<Champion, 'bundle'>;

function opened(model: Model): Opened {
  return { model, known: { inputs: model.inputs, unusable: [] }, problems: [] };
}

function refused(error: unknown): Opened {
  const problems = problemsOf(error);
  if (!(error instanceof ModelRefused)) return { problems };
  // That an input is not fed is said where model.yaml is compared with the model.
  const again = new Set(error.known.inputs.map((input) => unfed(input).what));
  return { known: error.known, problems: problems.filter(({ what }) => !again.has(what)) };
}

/** Throws on what is no problem of the model's. */
function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ScorerError) return error.problems;
  throw error;
}
