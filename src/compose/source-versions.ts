import { parseSource } from '../config/model-source.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { examineModelYaml } from '../infer/model-yaml.ts';
import { BundleCache } from '../rollout/sources/bundle-cache.ts';
import { CachedVersions } from '../rollout/sources/cached-versions.ts';
import { MlflowSource } from '../rollout/sources/mlflow-source.ts';
import type { FilesOf, ModelSource } from '../rollout/sources/model-source.ts';
import { SourceRequests, type Credentials } from '../rollout/sources/source-requests.ts';
import type { VersionStore } from '../rollout/version-store.ts';
import { certificate } from './certificate.ts';
import type { SourceObserver } from './source-observer.ts';

type ModelSettings = Settings['model'];

/** The cache holds a few more versions than stay open. */
const SPARE = 4;

/** The versions of a source elsewhere, through the cache. */
export async function sourceVersions(
  model: ModelSettings,
  name: string,
  { onAnswer = () => undefined, warn = () => undefined }: SourceObserver,
): Promise<VersionStore> {
  const cache = new BundleCache({
    dir: model.cacheDir,
    keep: Math.max(model.keepCached, model.keepWarm + SPARE),
    now: Date.now,
    warn,
  });
  return new CachedVersions({ name, source: await sourceOf(model, name), cache, onAnswer });
}

async function sourceOf(model: ModelSettings, text: string): Promise<ModelSource> {
  const named = parseSource(text);
  if ('wrong' in named || named.kind === 'pinned')
    throw new ScorerError({ code: 'CONFIG_NOT_SUPPORTED', what: text, where: 'model.source' });
  const registryUri = model.registryUri!;
  const requests = await requestsTo(registryUri, model);
  return new MlflowSource({ registryUri, name: named.name, requests, filesOf });
}

async function requestsTo(address: string, model: ModelSettings): Promise<SourceRequests> {
  const { sourceTimeoutMs: timeoutMs, maxBundleBytes: maxBytes } = model;
  return new SourceRequests({
    address,
    credentials: credentialsOf(model),
    ca: await certificate(model.caFile, 'model.caFile'),
    timeoutMs,
    maxBytes,
  });
}

function credentialsOf({ credentials }: ModelSettings): Credentials | undefined {
  const { username, password, token } = credentials ?? {};
  if (token !== undefined) return { token };
  return username === undefined || password === undefined ? undefined : { username, password };
}

/** The files that the model.yaml names, with their checksums if it has any. */
const filesOf: FilesOf = (text) => {
  const { file, sha256, files, golden, profile } = examineModelYaml(text, 'model.yaml').description;
  return [
    { name: file, sha256 },
    ...Object.entries(files).map(([name, own]) => ({ name, sha256: own })),
    ...[golden, profile].flatMap((name) => (name === undefined ? [] : { name, sha256: '' })),
  ];
};
