import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { modelBytes } from '../models/models.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { Versions } from './versions.ts';
import { someEvents, wire, World } from './world.ts';

/** Between two rounds of events: enough of them for a swap in mid-stream, and time left for the rest. */
const EVERY_MS = 100;

const WATCH = 'model: { watchMs: 100, dir: ';

/**
 * Writes events to all partitions until it is told to stop, steadily, and no faster than they are
 * scored; answers how many there were.
 */
function load(world: World, id: number): () => Promise<number> {
  const events = someEvents(20).map((event) => wire(id, event));
  const stopping = new AbortController();
  let written = 0;
  const done = (async () => {
    while (!stopping.signal.aborted) {
      await Promise.all([0, 1, 2, 3].map((partition) => world.produce(partition, events)));
      written += 4 * events.length;
      await eventually(
        () => world.endOffsets(world.output),
        (end) => end > written - 1000,
      );
      await sleep(EVERY_MS);
    }
  })();
  return async () => {
    stopping.abort();
    await done;
    return written;
  };
}

describe.each(['at-least-once', 'exactly-once'])('a swap under load, %s', (delivery) => {
  let world: World;
  let versions: Versions;
  beforeEach(async () => {
    world = await new World(sharedStack()).open();
    versions = await Versions.make();
  });
  afterEach(async () => {
    await world.close();
    await versions.close();
  });

  it('happens at one offset of each partition, back and forth, and bad versions never score', async () => {
    const id = await world.register();
    const config = (champion: string): string =>
      configOf(world, `delivery: ${delivery}\n`).replace(
        /model: \{ dir: [^}]+ \}/,
        `${WATCH}${versions.dir}, champion: ${champion} }`,
      );
    const scorer = await Here.running(config('latest'));
    const stop = load(world, id);
    const decided: string[] = ['1'];
    const models = async (): Promise<Models> => (await scorer.get('/models')).json() as never;
    const readiness = async (): Promise<string> => (await scorer.get('/readyz')).text();
    const decides = async (version: string): Promise<void> => {
      await eventually(models, ({ champion }) => champion.version === version);
      decided.push(version);
      const before = await world.endOffsets(world.output);
      await eventually(
        () => world.endOffsets(world.output),
        (end) => end > before + 200,
      );
    };
    const refused = async (version: string, gate: string): Promise<void> => {
      const { refused: all, champion } = await eventually(models, (seen) =>
        seen.refused.some((one) => one.version === version),
      );
      expect(all.find((one) => one.version === version)).toMatchObject({ gate });
      expect(champion.version).toBe(decided.at(-1));
    };

    await versions.add('2');
    await decides('2');

    await versions.add('3', () => 'inputs: [');
    await refused('3', 'bundle');
    await versions.add('4', (yaml) => yaml.replace(/sha256: \w{4}/, 'sha256: 0000'));
    await refused('4', 'files');
    await versions.addFile('5', Buffer.from('no model'));
    await refused('5', 'load');
    await versions.add('6', (yaml) => yaml.replace('features:', 'others:'));
    await refused('6', 'signature');
    await versions.add('7', (yaml) => yaml.replace('- amount', '- amounts'));
    await refused('7', 'contract');
    await versions.add('8', (yaml) => yaml.replace('missing: 0', 'missing: 7'));
    await refused('8', 'golden');
    expect(await readiness()).toContain('version 8 of the model was refused at the gate "golden"');
    await versions.addFile('8b', modelBytes('logarithm'), (yaml) =>
      yaml
        .replace(/inputs:[^]*outputs:/, 'inputs: { x: [amount] }\noutputs:')
        .replace('golden: golden.jsonl\n', ''),
    );
    await refused('8b', 'warmup');

    // half of a version, and the rest of it later
    const source = resolve('test/e2e/bundle/1');
    const folder = join(versions.dir, '9');
    const model = await readFile(join(source, 'model.onnx'));
    await mkdir(folder);
    await writeFile(join(folder, 'golden.jsonl'), await readFile(join(source, 'golden.jsonl')));
    await writeFile(join(folder, 'model.onnx'), model.subarray(0, 100));
    await writeFile(join(folder, 'model.yaml'), await readFile(join(source, 'model.yaml')));
    await refused('9', 'files');
    await appendFile(join(folder, 'model.onnx'), model.subarray(100));
    await decides('9');

    // back by the configuration, at once, as it is still open; and on again
    await writeFile(scorer.configFile, config('"2"'));
    await decides('2');
    expect(await scorer.metric('model_swaps_total{outcome="rolled_back"}')).toBe(1);
    await writeFile(scorer.configFile, config('latest'));
    await decides('9');

    const ready = await readiness();
    expect(ready).toMatch(/^ok\n/);
    expect(ready).not.toContain('refused'); // none of them is wanted any more
    const written = await stop();
    await eventually(
      () => world.committed(),
      (offsets) => offsets.reduce((sum, offset) => sum + offset, 0) === written,
    );
    expect((await scorer.stop()).code).toBe(0);

    const scores = await world.readScores();
    expect(scores).toHaveLength(written);
    for (const partition of [0, 1, 2, 3]) {
      const own = scores.filter(({ source: { partition: of } }) => of === partition);
      expect(own.map(({ source: { offset } }) => offset)).toEqual(own.map((_, i) => i));
      const changes = own
        .map(({ model: { version } }) => version)
        .filter((v, i, all) => v !== all[i - 1]);
      expect(changes).toEqual(decided);
    }
  });
});

interface Models {
  readonly champion: { readonly version: string };
  readonly refused: readonly { readonly version: string; readonly gate: string }[];
}
