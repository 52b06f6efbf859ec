import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { modelBytes, modelFile, sha256Of } from '../models/models.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf, Scorer } from './scorer.ts';
import { someEvents, wire, World } from './world.ts';

/**
 * A worker that is stopped answers no more than one that hangs, and takes no core while the service
 * waits for it. Elsewhere than on Linux it just hangs on.
 */
async function stopChildren(pid: number): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const child of children.split(' ').filter((id) => id !== ''))
    process.kill(Number(child), 'SIGSTOP');
}

const EVENTS = 60;
const HANGS = 37;

describe('a model that never answers for one event', () => {
  let world: World;
  let folder: string;
  let scorer: Scorer | undefined;
  let here: Here | undefined;
  beforeEach(async () => {
    world = await new World(sharedStack()).open(1);
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-hanging-'));
    await mkdir(join(folder, '1'));
    await copyFile(modelFile('hanging'), join(folder, '1', 'model.onnx'));
    const inputs = 'features: [amount, { field: count, missing: 0 }, history.risk]';
    const sha256 = sha256Of(modelBytes('hanging'));
    await writeFile(
      join(folder, '1', 'model.yaml'),
      `file: model.onnx\nsha256: ${sha256}\ninputs: { ${inputs} }\n`,
    );
  });
  afterEach(async () => {
    scorer?.child.kill('SIGKILL');
    await here?.stop();
    await rm(folder, { recursive: true, force: true });
    await world.close();
  });

  const configured = (workers: number): string =>
    configOf(world, `inference: { workers: ${workers}, timeoutMs: 800 }\n`).replace(
      resolve('test/e2e/bundle'),
      folder,
    );
  const produce = async (): Promise<string[]> => {
    const id = await world.register();
    const events = someEvents(EVENTS).map((event, i) =>
      i === HANGS ? { ...event, amount: 666 } : event,
    );
    await world.produce(
      0,
      events.map((event) => wire(id, event)),
    );
    return events.filter((_, i) => i !== HANGS).map((event) => event.id);
  };

  it('makes that one a dead letter, and scores the others', async () => {
    const others = await produce();
    here = await Here.running(configured(1), { timed: true });
    const scorer = here;
    await eventually(
      async () => (await scorer.get('/readyz')).status,
      (status) => status === 503,
    );
    expect(await (await scorer.get('/readyz')).text()).toMatch(
      /INFERENCE_TIMEOUT|the model has worked on a batch/,
    );
    expect((await scorer.get('/livez')).status).toBe(200);
    await eventually(
      () => world.committed(),
      (offsets) => offsets[0] === EVENTS,
      { withinMs: 60_000 },
    );
    expect(await scorer.metric('dead_letters_total{stage="infer",code="INFERENCE_TIMEOUT"}')).toBe(
      1,
    );
    expect((await scorer.stop()).code).toBe(0);
    expect((await world.readScores()).map(({ event }) => event.id)).toEqual(others);
  });

  it('is told by the probe where nothing is delivered, and does not keep the service from its end', async () => {
    await produce();
    const config = configured(1)
      .replace('800', '600000')
      .replace('port: 0', 'port: 0, staleMs: 1000');
    scorer = await Scorer.running(config);
    const ready = async (): Promise<string> => (await scorer!.get('/readyz')).text();
    await eventually(ready, (answer) =>
      answer.startsWith('records wait, but none was delivered for '),
    );
    expect((await scorer.get('/livez')).status).toBe(200);
    await stopChildren(scorer.child.pid!);
    expect((await scorer.stop()).code).toBe(0);
  });

  it('ends the program where it holds the event loop up, and says why', async () => {
    await produce();
    scorer = await Scorer.start(configured(0));
    const { signal, err } = await scorer.ended;
    expect(signal).toBe('SIGKILL');
    expect(err).toContain('INFERENCE_TIMEOUT  the model blocked the event loop');
  });
});
