import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A digest of the names, sizes and modification times of all files of a bundle. It changes when a
 * file is added, grows or is written again. It is fast, because no file is read. Links are
 * followed, because volumes of Kubernetes consist of them.
 */
export async function bundleStamp(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const lines = await Promise.all(
    names.sort().map(async (name) => {
      // a file that disappears meanwhile is a change as well
      const file = await stat(join(folder, name)).catch(() => undefined);
      return file?.isFile() === false ? '' : `${name} ${file?.size} ${file?.mtimeMs} ${file?.ino}`;
    }),
  );
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}
