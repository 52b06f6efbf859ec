import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleStamp } from '../../../src/infer/bundle-stamp.ts';

describe('the stamp of a bundle', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundle-stamp-'));
    await writeFile(join(folder, 'model.yaml'), 'file: model.onnx');
    await mkdir(join(folder, 'weights'));
    await writeFile(join(folder, 'weights', 'a.bin'), 'a');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('stays the same while nothing happens', async () => {
    expect(await bundleStamp(folder)).toBe(await bundleStamp(folder));
  });

  const changes: [string, () => Promise<unknown>][] = [
    ['a file comes', () => writeFile(join(folder, 'model.onnx'), '')],
    ['a file grows', () => writeFile(join(folder, 'model.yaml'), 'x', { flag: 'a' })],
    ['a file below grows', () => writeFile(join(folder, 'weights', 'a.bin'), 'aa')],
    ['a file is written again', () => utimes(join(folder, 'model.yaml'), 1, 1)],
    ['a file goes', () => rm(join(folder, 'weights', 'a.bin'))],
  ];
  it.each(changes)('is another one where %s', async (_what, change) => {
    const before = await bundleStamp(folder);
    await change();
    expect(await bundleStamp(folder)).not.toBe(before);
  });

  it('follows links, as volumes are made of them', async () => {
    const link = join(folder, '..', `${folder.split('/').at(-1)!}-link`);
    await symlink(folder, link);
    const before = await bundleStamp(link);
    await writeFile(join(folder, 'model.onnx'), '');
    expect(await bundleStamp(link)).not.toBe(before);
    await rm(link);
  });

  it('is one where there is no folder', async () => {
    expect(await bundleStamp(join(folder, 'gone'))).toMatch(/^[0-9a-f]{16}$/);
  });
});
