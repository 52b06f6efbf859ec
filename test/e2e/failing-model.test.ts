import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { modelBytes, modelFile, sha256Of } from '../models/models.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { someEvents, wire, World } from './world.ts';

const EVENTS = 60;
const FAILS = 37;

describe('a model that fails at an event', () => {
  let world: World;
  let folder: string;
  let scorer: Here | undefined;
  beforeEach(async () => {
    world = await new World(sharedStack()).open(1);
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-failing-'));
    await mkdir(join(folder, '1'));
    await copyFile(modelFile('table'), join(folder, '1', 'model.onnx'));
    const inputs = 'features: [amount, { field: count, missing: 0 }, history.risk]';
    const sha256 = sha256Of(modelBytes('table'));
    await writeFile(
      join(folder, '1', 'model.yaml'),
      `file: model.onnx\nsha256: ${sha256}\ninputs: { ${inputs} }\n`,
    );
  });
  afterEach(async () => {
    await scorer?.stop();
    await rm(folder, { recursive: true, force: true });
    await world.close();
  });

  const configured = (more: string): string =>
    configOf(world, more).replace(resolve('test/e2e/bundle'), folder);
  const produce = async (amount: (i: number) => number): Promise<string[]> => {
    const id = await world.register();
    const events = someEvents(EVENTS).map((event, i) => ({ ...event, amount: amount(i) }));
    await world.produce(
      0,
      events.map((event) => wire(id, event)),
    );
    return events.map((event) => event.id);
  };

  it.each([0, 1])(
    'makes that one a dead letter, and scores the others (workers: %d)',
    async (workers) => {
      const ids = await produce((i) => (i === FAILS ? 4711 : i % 5));
      scorer = await Here.running(configured(`inference: { workers: ${workers} }\n`));
      await eventually(
        () => world.committed(),
        (offsets) => offsets[0] === EVENTS,
        { withinMs: 60_000 },
      );
      expect(await scorer.metric('dead_letters_total{stage="infer",code="INFERENCE_FAILED"}')).toBe(
        1,
      );
      expect((await scorer.stop()).code).toBe(0);
      expect((await world.readScores()).map(({ event }) => event.id)).toEqual(
        ids.filter((_, i) => i !== FAILS),
      );
    },
  );

  it('decides about that one without a score, if the configuration says so', async () => {
    const ids = await produce((i) => (i === FAILS ? 4711 : i % 5));
    const config = configured('').replace(
      /model: \{ /,
      'model: { onFailure: { decision: REVIEW }, ',
    );
    scorer = await Here.running(config);
    await eventually(
      () => world.committed(),
      (offsets) => offsets[0] === EVENTS,
    );
    expect(await scorer.metric('records_degraded_total{code="INFERENCE_FAILED"}')).toBe(1);
    expect((await scorer.stop()).code).toBe(0);
    const scores = await world.readScores();
    expect(scores.map(({ event }) => event.id)).toEqual(ids);
    const own = scores.filter(({ score }) => Number.isNaN(score));
    expect(own).toMatchObject([
      { event: { id: ids[FAILS] }, decision: 'REVIEW', decidedBy: 'degraded' },
    ]);
    expect(await world.endOffsets(world.dead)).toBe(0);
  });

  it('buries no stream where it fails at all of them', async () => {
    await produce(() => 4711);
    scorer = await Here.start(
      configured('').replace('maxConsecutive: 100000', 'maxConsecutive: 20'),
    );
    const { code, err } = await scorer.ended;
    expect(code).toBe(1);
    expect(err).toMatch(/DEAD_LETTER_LIMIT.*the most frequent code is INFERENCE_FAILED/);
    expect(await world.endOffsets(world.dead)).toBe(0);
  });
});
