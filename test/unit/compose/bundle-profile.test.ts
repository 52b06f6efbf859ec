import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBundleProfile } from '../../../src/compose/bundle-profile.ts';
import { readBundle, type Bundle } from '../../../src/infer/bundle.ts';
import { profileText } from '../../../src/monitor/profile-file.ts';
import type { Profile } from '../../../src/monitor/profile.ts';

const SHA256 = 'a'.repeat(64);
const PROFILE: Profile = {
  version: 1,
  model: { name: 'fraud', version: '1', sha256: SHA256 },
  rows: 1,
  read: 1,
  from: null,
  to: null,
  features: [],
  leftOut: [],
  score: { edges: [], counts: [1], low: 0, high: 1 },
};

describe('the profile of a bundle', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function bundle(profile: string, sha256 = SHA256): Promise<Bundle> {
    const yaml = `file: m.onnx\nsha256: ${sha256}\ninputs: { x: [amount] }\n${profile}`;
    await writeFile(join(folder, 'model.yaml'), yaml);
    return readBundle(folder, '1');
  }

  it('is read where model.yaml names it', async () => {
    await writeFile(join(folder, 'profile.json'), profileText(PROFILE));
    const named = await readBundleProfile(await bundle('profile: profile.json'));
    expect(named).toEqual({ profile: PROFILE, problems: [] });
    expect((await readBundleProfile(await bundle(''))).profile).toBeUndefined();
  });

  it('must exist', async () => {
    const { problems } = await readBundleProfile(await bundle('profile: other.json'));
    expect(problems).toMatchObject([{ code: 'MODEL_PROFILE', where: join(folder, 'other.json') }]);
  });

  it('must be that of the model', async () => {
    await writeFile(join(folder, 'profile.json'), profileText(PROFILE));
    const other = await bundle('profile: profile.json', 'b'.repeat(64));
    const { profile, problems } = await readBundleProfile(other);
    expect(profile).toBeUndefined();
    expect(problems.map(({ what }) => what)).toEqual([
      'the profile belongs to another model (version 1, sha256 aaaaaaaaaaaa)',
    ]);
  });
});
