import { createHash } from 'node:crypto';
import { ScorerError } from '../../errors.ts';
import type { FoundVersion } from '../version-store.ts';
import { downloadBundle } from './bundle-download.ts';
import type { Downloaded } from './download.ts';
import { inRun, isProxied, MlflowAddress } from './mlflow-address.ts';
import { mlflowSaid, propertiesOf, versionOf, type MlflowVersion } from './mlflow-answer.ts';
import type { FilesOf, ModelSource } from './model-source.ts';
import type { SourceRequests } from './source-requests.ts';

export interface MlflowSourceOptions {
  readonly registryUri: string;
  /** Of the registered model. */
  readonly name: string;
  readonly requests: SourceRequests;
  readonly filesOf: FilesOf;
}

/** How many versions are looked at to find the latest one that is ready. */
const LATEST_AMONG = '100';

/**
 * The versions of a model that is registered at an MLflow server, over its REST API. A version is
 * named by its number, by an alias (`@champion`) or as `latest`, the highest number that is ready.
 */
export class MlflowSource implements ModelSource {
  readonly asks = true;
  readonly #options: MlflowSourceOptions;
  readonly #address: MlflowAddress;

  constructor(options: MlflowSourceOptions) {
    this.#options = options;
    this.#address = new MlflowAddress(options.registryUri);
  }

  async find(wanted: string, signal: AbortSignal): Promise<FoundVersion> {
    const found = await this.#version(wanted, signal);
    if (found.status !== 'READY')
      throw this.#missing(wanted, `version ${found.version} is not ready (${found.status})`);
    return { version: found.version, stamp: digest(found.made).slice(0, 16) };
  }

  digestOf({ version, stamp }: FoundVersion): string {
    const { registryUri, name } = this.#options;
    return digest(JSON.stringify([registryUri, name, version, stamp]));
  }

  async download(found: FoundVersion, folder: string, signal: AbortSignal): Promise<void> {
    const { name, requests, filesOf } = this.#options;
    const { version } = found;
    const where = this.#where(version);
    const location = await this.#location(version, signal);
    const download = async (file: string, to: string): Promise<Downloaded | undefined> => {
      const url = this.#address.artifact(location, file, { name, version });
      if (url === undefined)
        throw this.#missing(version, 'its artifacts have an address with a step upwards');
      try {
        return await requests.download(url, to, { signal });
      } catch (error) {
        throw isProxied(location) ? error : notHandedOut(error, location);
      }
    };
    await downloadBundle(
      { what: `version ${version} of the model`, where, download, filesOf },
      folder,
    );
  }

  async #version(wanted: string, signal: AbortSignal): Promise<MlflowVersion> {
    const { name } = this.#options;
    if (wanted === 'latest') return this.#latest(signal);
    const alias = wanted.startsWith('@');
    if (!alias && !/^\d+$/.test(wanted)) {
      throw new ScorerError({
        code: 'MODEL_NOT_FOUND',
        what: `${wanted} does not name a version of a registered model`,
        where: this.#where(wanted),
        remedy: `Write the number of a version, latest, or an alias with an @ before it: "@${wanted}".`,
      });
    }
    const value = alias
      ? await this.#ask('registered-models/alias', { name, alias: wanted.slice(1) }, wanted, signal)
      : await this.#ask('model-versions/get', { name, version: wanted }, wanted, signal);
    const found = versionOf(value['model_version']);
    if (found === undefined) throw this.#foreign('the answer has no model_version');
    return found;
  }

  async #latest(signal: AbortSignal): Promise<MlflowVersion> {
    const { name } = this.#options;
    const quote = name.includes("'") ? '"' : "'";
    const query = {
      filter: `name=${quote}${name}${quote}`,
      order_by: 'version_number DESC',
      max_results: LATEST_AMONG,
    };
    const value = await this.#ask('model-versions/search', query, 'latest', signal);
    const { model_versions: all = [] } = value;
    const ready = (Array.isArray(all) ? all : [])
      .flatMap((each) => versionOf(each) ?? [])
      .filter(({ status }) => status === 'READY')
      .sort((a, b) => Number(b.version) - Number(a.version));
    if (ready[0] === undefined)
      throw this.#missing('latest', `the registered model ${name} has no version that is ready`);
    return ready[0];
  }

  /** Where the artifacts of a version are. */
  async #location(version: string, signal: AbortSignal): Promise<string> {
    const { name } = this.#options;
    const value = await this.#ask(
      'model-versions/get-download-uri',
      { name, version },
      version,
      signal,
    );
    const location = value['artifact_uri'];
    if (typeof location !== 'string') throw this.#foreign('the answer has no artifact_uri');
    const within = inRun(location);
    if (within === undefined) return location;
    const { run } = await this.#ask('runs/get', { run_id: within.run }, version, signal);
    const root = propertiesOf(propertiesOf(run)['info'])['artifact_uri'];
    if (typeof root !== 'string') throw this.#foreign('the answer has no artifact_uri');
    return `${root.replace(/\/+$/, '')}/${within.path}`;
  }

  async #ask(
    path: string,
    query: Readonly<Record<string, string>>,
    wanted: string,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>> {
    const url = this.#address.api(path, query);
    const said = mlflowSaid(await this.#options.requests.ask(url, signal));
    if (said.kind === 'missing') throw this.#missing(wanted, said.message);
    if (said.kind === 'foreign') throw this.#options.requests.foreign(url, said.why);
    return said.value;
  }

  #foreign(why: string): ScorerError {
    return this.#options.requests.foreign(new URL(this.#options.registryUri), why);
  }

  #missing(wanted: string, what: string): ScorerError {
    return new ScorerError({
      code: 'MODEL_NOT_FOUND',
      what,
      where: this.#where(wanted),
      remedy: 'Register the version at the MLflow server, or set its alias.',
    });
  }

  #where(wanted: string): string {
    const { name } = this.#options;
    return `models:/${name}${wanted.startsWith('@') ? '' : '/'}${wanted}`;
  }
}

/** The server may have no access to where the artifacts are, or may not hand them out. */
function notHandedOut(error: unknown, location: string): unknown {
  if (!(error instanceof ScorerError)) return error;
  const [problem] = error.problems;
  const scheme = /^[a-z][\w+.-]*:/i.exec(location)?.[0] ?? 'a folder';
  return new ScorerError(
    {
      ...problem!,
      what: `${problem!.what} (the artifacts are in ${scheme})`,
      remedy:
        'Start the MLflow server with --serve-artifacts, so that it hands out the artifacts (mlflow-artifacts:), or give it access to where they are.',
    },
    { cause: error },
  );
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
