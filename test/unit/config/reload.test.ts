import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

  it('does not happen with half a file', async () => {
    const file = join(folder, 'scorer.yaml');
    await writeFile(file, 'old');
    const settles = [() => appendFile(file, 'b')];
    const loads = [() => appendFile(file, 'c')];
    const read: string[] = [];
    const load = async () => {
      read.push(await readFile(file, 'utf8'));
      await loads.shift()?.();
      if (read.at(-1) === 'ab') throw new Error('half of it is wrong');
      return { name: read.at(-1) } as Settings;
    };
    const reload = reloadWhereChanged(file, load, undefined, async () => settles.shift()?.());
    await writeFile(file, 'a');
    // 'ab' is read and is not the whole file: neither its settings nor its error counts.
    expect(await reload()).toEqual({ name: 'abc' });
    expect(read).toEqual(['ab', 'abc']);
    expect(await reload()).toBeUndefined();
  });

  it('happens later if the file does not stop changing', async () => {
    const file = join(folder, 'scorer.yaml');
    await writeFile(file, 'a');
    let writing = true;
    const write = async () => (writing ? appendFile(file, 'b') : undefined);
    const reload = reloadWhereChanged(file, async () => ({}) as Settings, undefined, write);
    await write();
    expect(await reload()).toBeUndefined();
    writing = false;
    expect(await reload()).toEqual({});
  });
});
