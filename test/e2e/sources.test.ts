import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { FakeMlflow } from '../support/fake-mlflow.ts';
import { sharedStack } from '../support/stack.ts';
import { answers } from '../support/switchable-server.ts';
import { configOf, Scorer } from './scorer.ts';
import { Versions } from './versions.ts';
import { someEvents, wire, World } from './world.ts';

describe('a model from an MLflow server', () => {
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

  it('follows its alias, and runs from the cache while the server is away', async () => {
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
    const champion = async (scorer: Scorer): Promise<string> =>
      ((await (await scorer.get('/models')).json()) as { champion: { version: string } }).champion
        .version;
    const ready = async (scorer: Scorer): Promise<string> => (await scorer.get('/readyz')).text();
    const up = (scorer: Scorer) => scorer.metric('model_source_up{source="models:/fraud"}');

    // a start without a cache needs the server
    mlflow.aliases.set('champion', '1');
    await mlflow.server.stop();
    const failed = await (await Scorer.start(config)).ended;
    expect(failed.code).toBe(2);
    expect(failed.err).toContain('MODEL_SOURCE_UNREACHABLE');
    await mlflow.server.start();

    const scorer = await Scorer.running(config);
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

    const again = await Scorer.running(config);
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
});
