import { parseSource } from '../config/model-source.ts';
import type { Settings } from '../config/settings.ts';
import { examineModelYaml } from '../infer/model-yaml.ts';
import { BundleCache } from '../rollout/sources/bundle-cache.ts';
import { CachedVersions } from '../rollout/sources/cached-versions.ts';
import { MlflowSource } from '../rollout/sources/mlflow-source.ts';
import type { FilesOf, ModelSource } from '../rollout/sources/model-source.ts';
import { PinnedSource, type DownloadFrom, type Pins } from '../rollout/sources/pinned-source.ts';
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
  current: () => ModelSettings = () => model,
): Promise<VersionStore> {
  const cache = new BundleCache({
    dir: model.cacheDir,
    keep: Math.max(model.keepCached, mostOpen(model) + SPARE),
    now: Date.now,
    warn,
  });
  return new CachedVersions({
    name,
    source: await sourceOf(model, name, current),
    cache,
    onAnswer,
  });
}

/** Beside those that have a role. */
function mostOpen({ keepWarm, keepLoaded = [], labels = {} }: ModelSettings): number {
  return keepWarm + keepLoaded.length + Object.keys(labels).length;
}

async function sourceOf(
  model: ModelSettings,
  text: string,
  current: () => ModelSettings,
): Promise<ModelSource> {
  const named = parseSource(text);
  if ('wrong' in named) throw new Error(named.wrong); // the configuration was checked
  if (named.kind === 'pinned') {
    const { at, format, from } = named;
    const { maxBundleBytes: maxBytes } = model;
    const download = from === 's3' ? await fromS3(model) : await fromWeb(at('0'), model);
    const pins = (): Pins => current().sha256 ?? {};
    return new PinnedSource({ at, format, pins, download, beside, filesOf, maxBytes });
  }
  const registryUri = model.registryUri!;
  const requests = await requestsTo(registryUri, model);
  return new MlflowSource({ registryUri, name: named.name, requests, filesOf });
}

async function fromS3(model: ModelSettings): Promise<DownloadFrom> {
  const { s3: { pathStyle = false, ...place } = {}, sourceTimeoutMs: timeoutMs } = model;
  const { s3Files } = await import('../rollout/sources/s3-files.ts'); // it takes long to load
  const ca = await certificate(model.caFile, 'model.caFile');
  return s3Files({ ...place, pathStyle, ca, timeoutMs, maxBytes: model.maxBundleBytes });
}

async function fromWeb(address: string, model: ModelSettings): Promise<DownloadFrom> {
  const requests = await requestsTo(address, model);
  // the checksum is that of the bytes as they are sent
  return (from, to, signal) => requests.download(new URL(from), to, { raw: true, signal });
}

/** The address of a file beside model.yaml. */
function beside(address: string, name: string): string {
  const part = address.startsWith('s3:') ? name : name.split('/').map(encodeURIComponent).join('/');
  return address.replace(/model\.yaml(?=$|\?)/, () => part);
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
  const { file, sha256, files, golden, profile, background } = examineModelYaml(
    text,
    'model.yaml',
  ).description;
  return [
    { name: file, sha256 },
    ...Object.entries(files).map(([name, own]) => ({ name, sha256: own })),
    ...[golden, profile, background].flatMap((name) =>
      name === undefined ? [] : { name, sha256: '' },
    ),
  ];
};
