import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BUNDLE = resolve('test/e2e/bundle/1');

/** A folder of model versions of a test's own, which begins with the small bundle as version 1. */
export class Versions {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async make(): Promise<Versions> {
    const versions = new Versions(await mkdtemp(join(tmpdir(), 'stream-scorer-versions-')));
    await versions.add('1');
    return versions;
  }

  /** Adds the small bundle under another name; `edit` changes its model.yaml. */
  add(version: string, edit: (yaml: string) => string = (yaml) => yaml): Promise<void> {
    return this.#add(version, edit);
  }

  /** Adds the bundle with another model file, whose checksum is right. */
  addFile(
    version: string,
    model: Uint8Array,
    edit: (yaml: string) => string = (yaml) => yaml,
  ): Promise<void> {
    const sha256 = createHash('sha256').update(model).digest('hex');
    const own = (yaml: string): string => edit(yaml.replace(/sha256: \w+/, `sha256: ${sha256}`));
    return this.#add(version, own, model);
  }

  /** At once: who watches the folder sees no half of a version. */
  async #add(version: string, edit: (yaml: string) => string, model?: Uint8Array): Promise<void> {
    const making = `${this.dir}-making-${version}`;
    await cp(BUNDLE, making, { recursive: true });
    const file = join(making, 'model.yaml');
    await writeFile(file, edit(await readFile(file, 'utf8')));
    if (model !== undefined) await writeFile(join(making, 'model.onnx'), model);
    await rename(making, join(this.dir, version));
  }

  remove(version: string): Promise<void> {
    return rm(join(this.dir, version), { recursive: true });
  }

  close(): Promise<void> {
    return rm(this.dir, { recursive: true });
  }
}
