import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { merged, readSettings } from '../../../chaos/settings.ts';

describe('settings of one’s own', () => {
  it('go over the run’s, key by key', () => {
    const below = {
      kafkajs: { client: { requestTimeout: 1, connectionTimeout: 2 } },
      list: [1, 2],
      name: 'a',
    };
    expect(merged(below, { kafkajs: { client: { requestTimeout: 9 } }, list: [3] })).toEqual({
      kafkajs: { client: { requestTimeout: 9, connectionTimeout: 2 } },
      list: [3],
      name: 'a',
    });
  });

  describe('of a file', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'settings-'));
    });
    afterAll(() => rm(folder, { recursive: true }));
    const read = async (text: string): Promise<unknown> => {
      await writeFile(join(folder, 'a.yaml'), text);
      return readSettings(join(folder, 'a.yaml'));
    };

    it('are read', async () => {
      expect(await read('inference: { workers: 1 }')).toEqual({ inference: { workers: 1 } });
    });

    it.each(['kafka: { brokers: [a:1] }', 'input: { groupId: x }', 'delivery: at-least-once'])(
      'are refused where the run decides: %s',
      async (text) => {
        await expect(read(text)).rejects.toThrow('is set by the run itself');
      },
    );

    it('are refused where they are none', async () => {
      await expect(read('- 1')).rejects.toThrow('has to hold keys and values');
    });
  });
});
