import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load.ts';
import { AFTER, BEFORE, writeConfig } from '../../../src/demo/promotion.ts';

describe('the configuration of the demo', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('differs from the given one in the roles of the versions only', async () => {
    const text = await readFile('config/scorer.yaml', 'utf8');
    const load = (file: string) => loadConfig({ file, env: {}, cwd: process.cwd() });
    const { settings: given } = await load('config/scorer.yaml');
    const file = join(folder, 'scorer.yaml');
    for (const roles of [BEFORE, AFTER]) {
      await writeConfig(file, text, roles);
      const { settings } = await load(file);
      expect(settings).toEqual({ ...given, model: { ...given.model, ...roles, watchMs: 500 } });
    }
  });
});
