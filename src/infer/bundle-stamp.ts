import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A digest of the names, sizes and times of change of all files of a bundle: another one whenever a
 * file comes, grows or is written again. Cheap, as nothing is read. Links are followed, as volumes
 * of Kubernetes are made of them.
 */
export async function bundleStamp(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const lines = await Promise.all(
    names.sort().map(async (name) => {
      // one that goes while it is looked at is a change as well
      const file = await stat(join(folder, name)).catch(() => undefined);
      return file?.isFile() === false ? '' : `${name} ${file?.size} ${file?.mtimeMs} ${file?.ino}`;
    }),
  );
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}
