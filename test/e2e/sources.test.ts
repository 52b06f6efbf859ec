import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipOf } from '../support/archives.ts';
import { eventually } from '../support/eventually.ts';
import { FakeMlflow } from '../support/fake-mlflow.ts';
import { sharedStack } from '../support/stack.ts';
import { answers, SwitchableServer } from '../support/switchable-server.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { Versions } from './versions.ts';
import { someEvents, wire, World } from './world.ts';

describe('a model from elsewhere', () => {
  let world: World;
  let versions: Versions;
  let mlflow: FakeMlflow;
  let cache: string;
  beforeEach(async () => {
    world = await new World(sharedStack()).open();
    versions = await Versions.make();
    mlflow = new FakeMlflow();
    await mlflow.server.start();
    cache = await mkdtemp(join(tmpdir(), 'stream-scorer-cache-'));
  });
  afterEach(async () => {
    await mlflow.server.stop();
    await versions.close();
    await world.close();
    await rm(cache, { recursive: true });
  });

  it('follows its alias of an MLflow server, and runs from the cache while the server is away', async () => {
    for (const version of ['1', '2', '3', '4']) {
      if (version !== '1') await versions.add(version);
      mlflow.versions.set(version, join(versions.dir, version));
    }
    const id = await world.register();
    const config = configOf(world).replace(
      /model: .*/,
      `model: { source: "models:/fraud@champion", registryUri: "${mlflow.server.url}", cacheDir: ${cache}, watchMs: 100, sourceTimeoutMs: 1000 }`,
    );
    let scored = 0;
    const scores = async (): Promise<void> => {
      await world.produce(0, [wire(id, someEvents(1)[0]!)]);
      scored += 1;
      await eventually(
        () => world.endOffsets(world.output),
        (end) => end >= scored,
      );
    };
    const champion = async (scorer: Here): Promise<string> =>
      ((await (await scorer.get('/models')).json()) as { champion: { version: string } }).champion
        .version;
    const ready = async (scorer: Here): Promise<string> => (await scorer.get('/readyz')).text();
    const up = (scorer: Here) => scorer.metric('model_source_up{source="models:/fraud"}');

    // a start without a cache needs the server
    mlflow.aliases.set('champion', '1');
    await mlflow.server.stop();
    const failed = await (await Here.start(config)).ended;
    expect(failed.code).toBe(2);
    expect(failed.err).toContain('MODEL_SOURCE_UNREACHABLE');
    await mlflow.server.start();

    const scorer = await Here.running(config);
    await scores();
    expect(await up(scorer)).toBe(1);
    mlflow.aliases.set('champion', '2');
    await eventually(
      () => champion(scorer),
      (version) => version === '2',
    );
    await scores();

    // another file, and then files that do not come
    mlflow.instead.set('3/model.onnx', answers(200, 'another model'));
    mlflow.aliases.set('champion', '3');
    await eventually(
      () => ready(scorer),
      (text) => text.includes('version 3 of the model was refused at the gate "files"'),
    );
    mlflow.instead.set('4/golden.jsonl', answers(500, ''));
    mlflow.aliases.set('champion', '4');
    await eventually(
      () => scorer.metric('model_swaps_total{outcome="postponed"}'),
      (count) => count === 1,
    );
    mlflow.aliases.set('champion', '2');

    await mlflow.server.stop();
    await eventually(
      () => up(scorer),
      (value) => value === 0,
    );
    await eventually(
      () => ready(scorer),
      (text) => /^ok\n[^]*the wanted version of the model is not available: /.test(text),
    );
    await scores();
    expect((await scorer.stop()).code).toBe(0);

    const again = await Here.running(config);
    expect(await champion(again)).toBe('2');
    expect(await ready(again)).toContain('version 2 of the model comes from the cache');
    await scores();
    await mlflow.server.start();
    await eventually(
      () => ready(again),
      (text) => text === 'ok\n',
    );
    expect(await up(again)).toBe(1);
    expect((await again.stop()).code).toBe(0);

    // what was downloaded is whole, and nothing else is left
    expect((await readdir(cache)).filter((name) => name.startsWith('.'))).toEqual([]);
    const written = await world.readScores();
    expect(written.map(({ model }) => model.version)).toEqual(['1', '2', '2', '2']);
  });

  it('comes as archives on the web, with checksums that are added while it runs', async () => {
    await world.register();
    const archives = new Map<string, Buffer>();
    for (const version of ['1', '2', '3']) {
      const folder = 'test/e2e/bundle/1';
      const files = await Promise.all(
        (await readdir(folder)).map(async (name) => ({
          name: `fraud/${name}`,
          bytes: await readFile(join(folder, name)),
        })),
      );
      archives.set(version, zipOf([...files, { name: `fraud/${version}` }]));
    }
    const web = await new SwitchableServer((request, response) => {
      response.end(archives.get(/(\d)\.zip$/.exec(request.url!)![1]!));
    }).start();
    const config = (...versions: string[]): string => {
      const pins = versions.map((version) => {
        const bytes = archives.get(version) ?? 'another file';
        return `"${version.slice(0, 1)}": ${createHash('sha256').update(bytes).digest('hex')}`;
      });
      return configOf(world).replace(
        /model: .*/,
        `model: { source: "${web.url}/fraud-{version}.zip", sha256: { ${pins.join(', ')} }, cacheDir: ${cache}, watchMs: 100 }`,
      );
    };
    const scorer = await Here.running(config('1'));
    const models = async (): Promise<Models> => (await scorer.get('/models')).json() as never;
    expect(await models()).toMatchObject({ champion: { version: '1' } });
    expect(web.requests).toHaveLength(1); // no look asks for anything
    await writeFile(scorer.configFile, config('1', '2'));
    await eventually(models, ({ champion }) => champion.version === '2');
    await writeFile(scorer.configFile, config('1', '2', '3 wrong'));
    const { refused } = await eventually(models, (seen) => seen.refused.length > 0);
    expect(refused).toMatchObject([
      { version: '3', gate: 'files', problems: [{ code: 'MODEL_CHECKSUM' }] },
    ]);
    expect(scorer.log).not.toContain('without a restart');
    expect((await scorer.stop()).code).toBe(0);
    await web.stop();
    const again = await Here.running(config('1', '2'));
    expect((await again.stop()).code).toBe(0);
  });
});

interface Models {
  readonly champion: { readonly version: string };
  readonly refused: readonly unknown[];
}
