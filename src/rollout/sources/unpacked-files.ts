import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ScorerError } from '../../errors.ts';
import { isSafeName } from './file-names.ts';

/** Files in one archive, folders included. A bundle has about ten. */
const MAX_ENTRIES = 1000;

/** What an entry of an archive is. */
export type EntryKind = 'file' | 'folder' | 'other';

/**
 * The files that are taken out of an archive. They stay inside of one folder, are no links, and are
 * limited in number and size, whatever the archive says about itself.
 */
export class UnpackedFiles {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #where: string;
  #entries = 0;
  #bytes = 0;

  constructor(folder: string, maxBytes: number, where: string) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#where = where;
  }

  /** Whether the entry is a file, which is then to be written. */
  takes(name: string, kind: EntryKind): boolean {
    this.#entries += 1;
    if (this.#entries > MAX_ENTRIES) throw this.#wrong(`it has more than ${MAX_ENTRIES} entries`);
    const path = pathOf(name);
    if (path === '' && kind === 'folder') return false; // the top itself
    if (!isSafeName(path))
      throw this.#wrong(`${JSON.stringify(name)} in it leads out of its folder`);
    if (kind === 'other')
      throw this.#wrong(`${JSON.stringify(name)} in it is neither a file nor a folder`);
    return kind === 'file';
  }

  /** Writes a file that was taken. */
  async write(name: string, bytes: AsyncIterable<Buffer>): Promise<void> {
    const file = join(this.#folder, pathOf(name));
    await mkdir(dirname(file), { recursive: true });
    try {
      await pipeline(this.#counted(bytes), createWriteStream(file, { flags: 'wx' }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw this.#wrong(`${JSON.stringify(name)} is in it twice`);
    }
  }

  async *#counted(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of bytes) {
      this.#bytes += chunk.length;
      if (this.#bytes > this.#maxBytes) {
        throw this.#wrong(`its files have more than ${this.#maxBytes} bytes`, {
          remedy: 'Make the bundle smaller, or raise model.maxBundleBytes.',
        });
      }
      yield chunk;
    }
  }

  #wrong(what: string, more: { readonly remedy?: string } = {}): ScorerError {
    return archiveError(what, this.#where, more);
  }
}

export function archiveError(
  what: string,
  where: string,
  more: { readonly remedy?: string } = {},
): ScorerError {
  const text = `the archive of the model cannot be used: ${what}`;
  return new ScorerError({ code: 'MODEL_ARCHIVE', what: text, where, ...more });
}

/** `tar -C folder .` writes `./` before each name, and a slash after folders. */
function pathOf(name: string): string {
  return name.replace(/^(\.\/+)+|^\.$/, '').replace(/\/+$/, '');
}
