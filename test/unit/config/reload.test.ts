import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reloadWhereChanged } from '../../../src/config/reload.ts';
import type { Settings } from '../../../src/config/settings.ts';

describe('reading the configuration again', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reload-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('happens once for each change of the file', async () => {
    const file = join(folder, 'scorer.yaml');
    await writeFile(file, 'a');
    let loads = 0;
    const reload = reloadWhereChanged(file, async () => {
      loads += 1;
      return {} as Settings;
    });
    expect(await reload()).toBeUndefined();
    await writeFile(file, 'ab');
    expect(await reload()).toEqual({});
    expect(await reload()).toBeUndefined();
    await rm(file);
    expect(await reload()).toEqual({});
    expect(await reload()).toBeUndefined();
    expect(loads).toBe(2);
  });

  it('happens for a change of the policy as well, once it is known', async () => {
    const [file, policy] = [join(folder, 'scorer.yaml'), join(folder, 'policy.yaml')];
    await writeFile(file, 'a');
    await writeFile(policy, 'p');
    let known: string[] = [];
    const reload = reloadWhereChanged(
      file,
      () => Promise.resolve({} as Settings),
      () => known,
    );
    expect(await reload()).toBeUndefined();
    known = [policy];
    expect(await reload()).toEqual({});
    expect(await reload()).toBeUndefined();
    await writeFile(policy, 'pq');
    expect(await reload()).toEqual({});
    expect(await reload()).toBeUndefined();
  });
});
