import { ScorerError, type ErrorCode, type Problem } from '../errors.ts';
import { unfed } from '../flow/features.ts';
import { lookAtFiles } from '../infer/bundle-files.ts';
import { asItIs, readBundle, type Bundle } from '../infer/bundle.ts';
import { loadModel, type LoadOptions } from '../infer/load-model.ts';
import type { Model } from '../infer/model.ts';
import { ModelRefused, type KnownInputs } from '../infer/model-refused.ts';
import type { Settings } from '../config/settings.ts';
import { EXPLAINING } from './explaining.ts';
import type { Profile } from '../monitor/profile.ts';
import type { FoundVersion, VersionStore } from '../rollout/version-store.ts';
import { readBundleProfile } from './bundle-profile.ts';

/** What a wrong checksum already reports: the file is damaged. */
const BROKEN_COPY: readonly ErrorCode[] = ['MODEL_UNREADABLE', 'MODEL_CRASHED', 'MODEL_TIMEOUT'];

/** The deciding version, and its problems. */
export interface Champion {
  readonly bundle: Bundle | undefined;
  readonly profile?: Profile | undefined;
  readonly model?: Model;
  readonly known?: KnownInputs;
  readonly problems: readonly Problem[];
}

/** How the model runs, beyond what the configuration says. */
export type ModelOptions = Pick<
  LoadOptions,
  'onTimeout' | 'maxLosses' | 'signal' | 'trial' | 'background'
> & {
  /**
   * Never in this process, whatever the configuration says. If the model crashes its process, this
   * one can report it.
   */
  readonly elsewhere?: boolean;
};

/** A version before it is opened. */
export interface FoundChampion extends Champion {
  /** As it was found before its files were read: a later change is another version. */
  readonly found?: FoundVersion;
  /** The source does not answer, and this version comes from the cache. */
  readonly away?: Problem;
}

/**
 * Finds the wanted version for a start, and reads what is said of it. If the source does not
 * answer, the version that the name meant last is used, if its files are still in the cache.
 */
export async function findChampion(
  store: VersionStore,
  wanted: string,
  signal?: AbortSignal,
): Promise<FoundChampion> {
  try {
    const found = await store.find(wanted, signal);
    return { ...(await described(await bundleOf(store, found, signal))), found };
  } catch (error) {
    const problems = problemsOf(error);
    const away = problems.find(({ code }) => code === 'MODEL_SOURCE_UNAVAILABLE');
    const found = away === undefined ? undefined : await store.kept?.(wanted);
    if (away === undefined || found === undefined)
      return { bundle: undefined, problems: problems.map(atStart) };
    return { ...(await readChampion(store, found, signal)), found, away };
  }
}

/** What model.yaml says of a version that was found. */
export async function readChampion(
  store: VersionStore,
  found: FoundVersion,
  signal?: AbortSignal,
): Promise<Champion> {
  try {
    return await described(await bundleOf(store, found, signal));
  } catch (error) {
    return { bundle: undefined, problems: problemsOf(error) };
  }
}

async function bundleOf(
  store: VersionStore,
  found: FoundVersion,
  signal?: AbortSignal,
): Promise<Bundle> {
  return readBundle(await store.fetch(found, signal), found.version);
}

async function described(bundle: Bundle): Promise<Champion> {
  const { profile, problems } = await readBundleProfile(bundle);
  return {
    bundle,
    profile,
    problems: [
      ...bundle.todos.map((todo) => unfinished(todo, bundle)),
      ...bundle.invalid,
      ...problems,
    ],
  };
}

/** At the start, the program does not wait for a source that does not answer. */
function atStart(problem: Problem): Problem {
  return problem.code === 'MODEL_SOURCE_UNAVAILABLE'
    ? { ...problem, code: 'MODEL_SOURCE_UNREACHABLE' }
    : problem;
}

/** A draft is a guess until a person has checked it. */
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
 * Opens the model, and reports what is wrong with it and its files. If the files are not those of
 * model.yaml, or model.yaml is not valid, the model is opened only `elsewhere`, to find further
 * problems, and is not used to score. This opening is already in progress when the function
 * returns.
 */
export async function openChampion(
  found: Champion,
  { name, inference, explain }: Settings,
  { elsewhere = false, ...more }: ModelOptions = {},
): Promise<Champion> {
  const { bundle, profile } = found;
  if (bundle === undefined) return found;
  const workers = elsewhere ? Math.max(1, inference.workers) : inference.workers;
  const load = (as: Bundle): Promise<Opened> =>
    loadModel(as, {
      name,
      ...inference,
      workers,
      ...more,
      ...(explain && { explaining: EXPLAINING }),
    }).then(opened, refused);
  const valid = bundle.invalid.length === 0;
  const first: Opened = valid ? await load(bundle) : { problems: [] };
  const files = await lookAtFiles(bundle, first.model !== undefined);
  const whole = files.problems.length === 0;
  if (valid && whole)
    return { bundle, profile, ...first, problems: [...found.problems, ...first.problems] };
  const { model, known, problems } = await otherwise(first);
  await model?.release();
  // A problem that a wrong checksum already reports is not reported again, nor one that may follow
  // from a mistake in model.yaml.
  const follows = [
    ...(whole ? [] : BROKEN_COPY),
    ...(bundle.doubtful.has('batchDependent') ? ['MODEL_BATCH_DEPENDENT'] : []),
  ];
  const ours = problems.filter(({ code }) => !follows.includes(code));
  return {
    bundle,
    profile,
    ...(known === undefined ? {} : { known }),
    problems: [...found.problems, ...files.problems, ...ours],
  };

  function otherwise(attempt: Opened): Opened | Promise<Opened> {
    if (attempt.model !== undefined) return attempt;
    return elsewhere && files.model ? load(asItIs(bundle!)) : { problems: [] };
  }
}

type Opened = Omit<Champion, 'bundle' | 'profile'>;

function opened(model: Model): Opened {
  return { model, known: { inputs: model.inputs, unusable: [] }, problems: [] };
}

function refused(error: unknown): Opened {
  const problems = problemsOf(error);
  if (!(error instanceof ModelRefused)) return { problems };
  // The comparison of model.yaml with the model reports inputs without columns.
  const again = new Set(error.known.inputs.map((input) => unfed(input).what));
  return { known: error.known, problems: problems.filter(({ what }) => !again.has(what)) };
}

/** Throws an error that is not a problem of the model. */
function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ScorerError) return error.problems;
  throw error;
}
