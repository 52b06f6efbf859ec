import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatFolder } from '../../../../src/demo/stack/format-folder.ts';

describe('the data folder of a new node', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-format-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const formatted = async (id: number) => {
    const data = join(folder, `data-${id}`);
    let ran = 0;
    await formatFolder({
      data,
      known: join(folder, 'known.checkpoint'),
      id,
      clusterId: 'C',
      format: async () => {
        ran++;
        await writeFile(join(data, 'bootstrap.checkpoint'), 'the features');
        await writeFile(join(data, 'meta.properties'), 'by the tool');
      },
    });
    const text = (name: string): Promise<string> => readFile(join(data, name), 'utf8');
    return {
      ran,
      features: await text('bootstrap.checkpoint'),
      meta: await text('meta.properties'),
    };
  };

  it('is made by the tool of Kafka once, and then with an identity of its own', async () => {
    expect(await formatted(1)).toEqual({ ran: 1, features: 'the features', meta: 'by the tool' });
    const [second, third] = [await formatted(2), await formatted(3)];
    for (const [id, { ran, features, meta }] of [[2, second] as const, [3, third] as const]) {
      expect(ran).toBe(0);
      expect(features).toBe('the features');
      const identity =
        /^cluster\.id=C\ndirectory\.id=[A-Za-z0-9]([\w-]{21})\nnode\.id=(\d)\nversion=1\n$/;
      expect(identity.exec(meta)?.[2]).toBe(String(id));
    }
    expect(second.meta).not.toBe(third.meta.replace('node.id=3', 'node.id=2'));
    const left = await readdir(folder, { recursive: true });
    expect(left.filter((name) => /part|known\.checkpoint\./.test(name))).toEqual([]);
  });
});
