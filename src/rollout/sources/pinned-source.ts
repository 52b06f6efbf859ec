import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { ScorerError } from '../../errors.ts';
import { nearest } from '../../runtime/nearest.ts';
import type { FoundVersion } from '../version-store.ts';
import { downloadBundle } from './bundle-download.ts';
import type { Downloaded } from './download.ts';
import type { FilesOf, ModelSource } from './model-source.ts';
import { unpack, type ArchiveFormat } from './unpack.ts';

/** Downloads a file by its address; undefined: it does not exist. */
export type DownloadFrom = (
  address: string,
  to: string,
  signal: AbortSignal,
) => Promise<Downloaded | undefined>;

/** The sha256 of the only version, or of each version. */
export type Pins = string | Readonly<Record<string, string>>;

export interface PinnedSourceOptions {
  readonly at: (version: string) => string;
  readonly format: ArchiveFormat | 'model.yaml';
  /** As the configuration has them now. */
  readonly pins: () => Pins;
  readonly download: DownloadFrom;
  /** The address of another file beside model.yaml. */
  readonly beside: (address: string, name: string) => string;
  readonly filesOf: FilesOf;
  readonly maxBytes: number;
}

/** So many digits of its sha256 are the name of a version that has no other. */
const SHORT = 12;

/**
 * Versions at an address on the web or in a store, each with the sha256 of its file. What a version
 * means never changes, so nobody is asked before it is downloaded.
 */
export class PinnedSource implements ModelSource {
  readonly asks = false;
  readonly #options: PinnedSourceOptions;

  constructor(options: PinnedSourceOptions) {
    this.#options = options;
  }

  find(wanted: string): Promise<FoundVersion> {
    return new Promise((resolve) => {
      resolve(this.#find(wanted));
    });
  }

  /** A file of another kind or from another address with the same sha256 is the same. */
  digestOf({ stamp }: FoundVersion): string {
    return createHash('sha256').update(`${this.#options.format} ${stamp}`).digest('hex');
  }

  async download(found: FoundVersion, folder: string, signal: AbortSignal): Promise<void> {
    const { at, format, filesOf, beside, download, maxBytes } = this.#options;
    const { version, stamp: sha256 } = found;
    const address = at(version);
    const where = address.replace(/\?.*/s, ''); // a query may hold a signature
    const what = `version ${version} of the model`;
    if (format === 'model.yaml') {
      const one = (name: string, to: string): Promise<Downloaded | undefined> =>
        download(name === 'model.yaml' ? address : beside(address, name), to, signal);
      await downloadBundle({ what, where, download: one, filesOf, sha256 }, folder);
      return;
    }
    const archive = `${folder}.archive`;
    const done = await download(address, archive, signal);
    if (done === undefined) {
      throw new ScorerError({
        code: 'MODEL_NOT_FOUND',
        what: `${what} does not exist at its address`,
        where,
        remedy: 'Put the file there, or correct model.source.',
      });
    }
    // before anybody looks into it
    if (done.sha256 !== sha256) {
      throw new ScorerError({
        code: 'MODEL_CHECKSUM',
        what: `the checksum of the file is ${done.sha256}, not ${sha256}`,
        where,
        remedy: 'Set model.sha256 to the checksum of the file if it was changed on purpose.',
      });
    }
    await unpack(archive, folder, { format, maxBytes, where });
    await rm(archive);
  }

  #find(wanted: string): FoundVersion {
    const pins = this.#options.pins();
    if (typeof pins === 'string') {
      const version = pins.slice(0, SHORT);
      if (wanted === 'latest' || wanted === version) return { version, stamp: pins };
      throw notPinned(wanted, [version]);
    }
    const versions = Object.keys(pins).sort(new Intl.Collator('en', { numeric: true }).compare);
    const version = wanted === 'latest' ? versions.at(-1) : wanted;
    const stamp = version !== undefined && Object.hasOwn(pins, version) ? pins[version] : undefined;
    if (version === undefined || stamp === undefined) throw notPinned(wanted, versions);
    return { version, stamp };
  }
}

function notPinned(wanted: string, versions: readonly string[]): ScorerError {
  const near = nearest(wanted, versions);
  return new ScorerError({
    code: 'MODEL_NOT_FOUND',
    what: `model.sha256 has no version ${wanted}; it has ${versions.join(', ') || 'none'}`,
    where: 'model.sha256',
    remedy:
      near === undefined
        ? 'Add the version with the sha256 of its file.'
        : `Did you mean ${near}? Or add the version with the sha256 of its file.`,
  });
}
