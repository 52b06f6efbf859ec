import { BesideChampion } from '../../../src/compose/beside-champion.ts';
import type { FoundVersion } from '../../../src/rollout/version-store.ts';

const versionOf = (version: string): FoundVersion => ({ version, stamp: `files of ${version}` });

/** A source with names, which notes what it is asked. */
function given(names: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const find = async (name: string): Promise<FoundVersion> => {
    asked.push(name);
    const version = names[name];
    if (version === undefined) throw new Error(`no ${name}`);
    return await Promise.resolve(versionOf(version));
  };
  let champion = 'live';
  const beside = new BesideChampion(find, { found: () => versionOf('3'), name: () => champion });
  /** What a look finds: undefined if it looks for nothing. */
  const look = async (name: string | undefined): Promise<string | undefined> => {
    const wanted = await beside.wanted(name);
    return wanted === undefined ? undefined : (await beside.find(wanted)).version;
  };
  return { asked, look, become: (name: string) => (champion = name) };
}

describe('a look for a version beside the champion', () => {
  it('asks the source once', async () => {
    const { asked, look } = given({ next: '4' });
    expect(await look('next')).toBe('4');
    expect(asked).toEqual(['next']);
    expect(await look('next')).toBe('4');
    expect(asked).toEqual(['next', 'next']);
  });

  it('asks nothing where the name is that of the champion, or of its version', async () => {
    const { asked, look, become } = given({ live: '3', next: '4' });
    expect(await look('live')).toBeUndefined();
    expect(await look('3')).toBeUndefined();
    expect(await look(undefined)).toBeUndefined();
    expect(asked).toEqual([]);
    become('next');
    expect(await look('live')).toBeUndefined(); // another name of the same version
    expect(asked).toEqual(['live']);
  });

  it('says that a source does not answer, and has asked it once', async () => {
    const { asked, look } = given({});
    await expect(look('next')).rejects.toThrow('no next');
    expect(asked).toEqual(['next']);
  });

  it('does not take an old answer for a new look', async () => {
    const names: Record<string, string> = { next: '3' };
    const { look } = given(names);
    expect(await look('next')).toBeUndefined();
    names['next'] = '4';
    expect(await look('next')).toBe('4');
  });
});
