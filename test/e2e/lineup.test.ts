import avro from 'avsc';
import { writeFile } from 'node:fs/promises';
import { rowsOfShare } from '../../src/rollout/key-share.ts';
import { modelBytes } from '../models/models.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { Versions } from './versions.ts';
import { expectedScore, someEvents, wire, World, type ReadRecord } from './world.ts';

/** Version 2 sees four times the amount, so it decides otherwise. */
const QUADRUPLE = (yaml: string): string =>
  yaml
    .replace('- amount', '- { field: amount, transform: { scale: { mean: 0, std: 0.25 } } }')
    .replace('golden: golden.jsonl\n', '');

const inShare = ({ partition, offset, key }: ReadRecord): boolean => {
  const record = { offset, timestamp: 0, key, value: null };
  const batch = { topic: 'in', partition, records: [record], closedBy: 'end' } as const;
  return rowsOfShare(batch, 50).length === 1;
};

interface Verdict {
  readonly score: number;
  readonly decision: string;
  readonly model: { readonly version: string };
}
interface Comparison {
  readonly champion: Verdict;
  readonly challenger: Verdict;
  readonly policy: string;
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number };
}

interface Models {
  readonly champion: { readonly version: string; readonly rows: number };
  readonly canary: { readonly version: string } | null;
  readonly canaryStopped: { readonly reason: string } | null;
  readonly challenger: { readonly version: string; readonly compared: number } | null;
  readonly refused: readonly { readonly role: string; readonly gate: string }[];
}

describe('a lineup', () => {
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

  it('has a canary that stops itself, and a challenger that is compared and never decides', async () => {
    const compared = `${world.name}-compared`;
    await world.makeTopics([{ topic: compared, numPartitions: 4 }]);
    await versions.add('2', QUADRUPLE);
    await versions.add('9', (yaml) => yaml.replace('missing: 0', 'missing: 7'));
    const id = await world.register();
    const config = (challenger: string): string =>
      configOf(world).replace(
        /model: \{ dir: [^}]+ \}/,
        `model:
  dir: ${versions.dir}
  champion: 1
  watchMs: 100
  challenger: ${challenger}
  challengerTopic: ${compared}
  canary: { version: 2, percent: 50, stopWhen: { flipRate: 0.05, minEvents: 200 } }`,
      );
    const scorer = await Here.running(config('2'), { timed: true });
    const models = async (): Promise<Models> => (await scorer.get('/models')).json() as never;
    await eventually(models, ({ challenger }) => challenger !== null);
    expect(await models()).toMatchObject({
      champion: { version: '1' },
      canary: { version: '2', percent: 50 },
    });

    const events = someEvents(100);
    let rounds = 0;
    const produce = async (): Promise<void> => {
      const values = events.map((event) => wire(id, event));
      await Promise.all([0, 1, 2, 3].map((partition) => world.produce(partition, values)));
      rounds += 1;
      await eventually(
        () => world.endOffsets(world.output),
        (end) => end >= rounds * 400,
      );
    };
    while ((await models()).canaryStopped === null) await produce();
    const { canaryStopped } = await models();
    expect(canaryStopped!.reason).toMatch(
      /^it decides otherwise than the champion for \d+ of \d+ /,
    );
    const stoppedAfter = rounds;
    await produce();
    expect(await (await scorer.get('/readyz')).text()).toContain(
      'version 2 of the model stopped as canary: it decides otherwise',
    );
    const info = await (await scorer.get('/metrics')).text();
    expect(info).toMatch(/model_info\{.*version="2".*role="challenger"\} 1/);
    const all = rounds * 400;
    await eventually(models, ({ challenger }) => challenger!.compared === all);
    await eventually(
      () => scorer.metric('challenger_rows_total{outcome="written"}'),
      (written) => written === all,
    );
    const flips = await scorer.metric('challenger_flips_total{from="REVIEW",to="REJECT"}');

    // a challenger that fails at a gate is refused, and the one before continues
    await writeFile(scorer.configFile, config('9'));
    const { refused, champion } = await eventually(models, (seen) => seen.refused.length > 0);
    expect(refused[0]).toMatchObject({ role: 'challenger', gate: 'golden' });
    expect(champion.version).toBe('1');

    // another policy decides from the next batch on, and a wrong one does not
    await writeFile(scorer.configFile, config('9').replace('policy: p1', 'policy: p2'));
    await eventually(
      () => scorer.log,
      (log) => log.includes('the changed policy decides from now on'),
    );
    await produce();
    await writeFile(scorer.configFile, config('9').replace('upTo: 0.6', 'upTo: 0.99'));
    await eventually(
      () => scorer.log,
      (log) => log.includes('the changed configuration is not valid'),
    );
    await produce();
    expect((await scorer.stop()).code).toBe(0);

    const scores = await world.readScores();
    expect(scores).toHaveLength(rounds * 400);
    for (const { source, policy } of scores)
      expect(policy).toBe(source.offset < (rounds - 2) * 100 ? 'p1' : 'p2');
    for (const { at, model, source } of scores) {
      if (source.offset >= stoppedAfter * 100) expect(model.version).toBe('1');
      else if (model.version === '2') expect(inShare({ ...at, offset: source.offset })).toBe(true);
    }
    const early = scores.filter(({ source }) => source.offset < 50);
    for (const { at, model } of early) expect(model.version).toBe(inShare(at) ? '2' : '1');

    const latest = await world.registry.latest(`${compared}-value`);
    const type = avro.Type.forSchema(latest!.node.schema() as never);
    const records = (await world.readAll(compared))
      .map(({ value }) => type.fromBuffer(value!.subarray(5)) as Comparison)
      .filter(({ source }) => source.offset < all / 4);
    expect(new Set(records.map(({ source }) => `${source.partition}:${source.offset}`)).size).toBe(
      all,
    );
    for (const { champion: own, challenger, source, policy } of records) {
      const event = events[source.offset % 100]!;
      expect(own.score).toBeCloseTo(expectedScore(event), 5);
      const more = { ...event, amount: 4 * event.amount };
      expect(challenger.score).toBeCloseTo(expectedScore(more), 5);
      expect([own.model.version, challenger.model.version, policy]).toEqual(['1', '2', 'p1']);
    }
    const flipped = records.filter(
      ({ champion: own, challenger }) =>
        own.decision === 'REVIEW' && challenger.decision === 'REJECT',
    );
    expect(flips).toBe(flipped.length);
    expect(flips).toBeGreaterThan(0);
  });

  it('has all scores though its canary and its challenger never answer for an event', async () => {
    await versions.addFile('2', modelBytes('hanging'), (yaml) =>
      yaml.replace('golden: golden.jsonl\n', ''),
    );
    const id = await world.register();
    const config = configOf(world, 'inference: { timeoutMs: 1500 }\n').replace(
      /model: \{ dir: [^}]+ \}/,
      `model: { dir: ${versions.dir}, champion: 1, challenger: 2, canary: { version: 2, percent: 100 } }`,
    );
    const scorer = await Here.running(config, { timed: true });
    const events = someEvents(60).map((event, i) => (i === 37 ? { ...event, amount: 666 } : event));
    for (const event of events) await world.produce(0, [wire(id, event)]);
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end === 60,
    );
    expect(await scorer.metric('canary_fallbacks_total{code="INFERENCE_TIMEOUT"}')).toBeGreaterThan(
      0,
    );
    expect((await scorer.stop()).code).toBe(0);
    expect(await world.endOffsets(world.dead)).toBe(0);
    const scores = await world.readScores();
    expect(scores[37]!.model.version).toBe('1');
    expect(scores.filter(({ model }) => model.version === '2').length).toBeGreaterThan(0);
    scores.forEach(({ score, model }, i) => {
      if (model.version === '1') expect(score).toBeCloseTo(expectedScore(events[i]!), 5);
    });
  });
});
