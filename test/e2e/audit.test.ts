import avro from 'avsc';
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Explanation } from '../../src/audit/explanation.ts';
import type { SampleReport } from '../../src/audit/sample-report.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { configuredHere, Here } from './here.ts';
import { configOf, Scorer, type Ended } from './scorer.ts';
import { framed, someEvents, wire, World } from './world.ts';

const LABEL = {
  type: 'record',
  name: 'Label',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'fraud', type: 'boolean' },
  ],
};
const LABEL_TYPE = avro.Type.forSchema(LABEL as never);

/** A profile whose calibrator takes scores for rates; it says nothing else. */
async function calibratedProfile(models: string): Promise<string> {
  const file = await readFile(join(models, '1', 'model.onnx'));
  const sha256 = createHash('sha256').update(file).digest('hex');
  const knots = [
    [0, 0],
    [1, 1],
  ];
  const anything = { edges: [], counts: [1], low: -1e9, high: 1e9 };
  const features = ['amount', 'count', 'history.risk'].map((name) => ({
    ...{ kind: 'numeric', name, field: name, missing: 0 },
    ...anything,
  }));
  return JSON.stringify({
    ...{ version: 1, model: { name: 'fraud', version: '1', sha256 }, rows: 1, read: 1 },
    ...{ from: null, to: null, features, leftOut: [] },
    score: anything,
    calibrator: { knots, rows: 2, positives: 1 },
  });
}

describe('explain and evidence', () => {
  let world: World;
  let folder: string;
  beforeEach(async () => {
    world = await new World(sharedStack()).open(2);
    folder = await mkdtemp(join(tmpdir(), 'audit-e2e-'));
  });
  afterEach(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  const built = async (config: string, command: string[]): Promise<Ended> =>
    (await Scorer.start(config, command)).ended;
  const explain = (config: string, ...flags: string[]): Promise<Ended> =>
    configuredHere(config, ['explain', ...flags]);
  const at = (topic: string, partition: number, offset: number): string[] => [
    ...['--topic', topic, '--partition', String(partition), '--offset', String(offset)],
    ...['--json', '-'],
  ];
  const json = ({ out }: Ended): Explanation => JSON.parse(out) as Explanation;

  it('recomputes past scores bit for bit, and packs evidence that is always the same', async () => {
    const events = someEvents(300);
    const id = await world.register();
    await world.produce(0, [
      ...events.slice(0, 200).map((event) => wire(id, event)),
      wire(id, events[0]!).subarray(0, -5),
    ]);
    await world.produce(
      1,
      events.slice(200).map((event) => wire(id, event)),
    );
    const models = join(folder, 'models');
    await cp('test/e2e/bundle', models, { recursive: true });
    const more = 'background: background.jsonl\nprofile: profile.json\n';
    await appendFile(join(models, '1', 'model.yaml'), more);
    await writeFile(join(models, '1', 'profile.json'), await calibratedProfile(models));
    const background = events.slice(0, 40).map((event) => `${JSON.stringify(event)}\n`);
    await writeFile(join(models, '1', 'background.jsonl'), background.join(''));
    const labels = `${world.name}-labels`;
    await world.makeTopics([{ topic: labels, numPartitions: 2 }]);
    const labelId = await world.registry.register(`${labels}-value`, LABEL);
    const explained = `explain: { decisions: [APPROVE, REVIEW, REJECT] }
fairness: { by: [count], favourable: [APPROVE] }
labels: { topic: ${labels}, id: id, label: fraud }
`;
    const config = configOf(world, explained).replace(resolve('test/e2e/bundle'), models);
    const from = new Date(Date.now() - 60_000).toISOString();
    const scorer = await Here.running(config, { timed: true });
    await eventually(
      () => world.committed(),
      ([first, second]) => first === 201 && second === 100,
    );
    expect((await scorer.stop()).code).toBe(0);
    const scores = await world.readScores();
    const some = scores.find(({ source }) => source.partition === 0 && source.offset === 123)!;

    const policy = join(folder, 'policy.yaml');
    await writeFile(policy, 'policy: p0\nbands: [{ decision: NEVER }]\n');
    const place = at(world.input, 0, 123);
    const byEvent = await built(config, ['explain', ...place]);
    expect({ code: byEvent.code, err: byEvent.err }).toEqual({ code: 0, err: '' });
    const said = json(byEvent);
    expect(said).toMatchObject({
      asked: { as: 'event', offset: 123 },
      event: { topic: world.input, partition: 0, offset: 123 },
      score: { topic: world.output, partition: 0, offset: some.at.offset },
      copies: [{ offset: some.at.offset, same: true }],
      model: some.model,
      policy: { label: 'p1' },
      missing: [],
      verdict: 'matches',
    });
    expect(said.score!.fields['score']).toBe(some.score);
    expect(some.reasons.length).toBeGreaterThan(0);
    const { amount, count, history } = events[123]!;
    expect(said.columns.map(({ field, value }) => [field, value])).toEqual([
      ['amount', amount],
      ['count', count],
      ['history.risk', history.risk],
    ]);
    expect(said.columns[0]!.tensor).toEqual([Math.fround(amount)]);
    expect(said.checks.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['score', 'decision', 'decidedBy', 'segment', 'reasons', 'model']),
    );
    const text = await explain(
      config,
      ...at(world.output, 0, some.at.offset).slice(0, -2),
      ...['--policy', policy],
    );
    expect({ code: text.code, err: text.err }).toEqual({ code: 0, err: '' });
    expect(text.out).toContain('matches: every field is the same, bit for bit');

    const other = await explain(config, ...at(world.input, 0, 123), '--counterfactual');
    const { counterfactual, verdict } = json(other);
    expect([other.code, verdict]).toEqual([0, 'matches']);
    expect(counterfactual!.length).toBeGreaterThan(0);
    for (const { decision } of counterfactual!) expect(decision).not.toBe(some.decision);

    const gone = await explain(config, ...at(world.input, 0, 999));
    expect({ code: gone.code, out: gone.out }).toEqual({ code: 2, out: '' });
    expect(gone.err).toContain('INPUT_INVALID  the record is not in the topic');

    const sample = await explain(
      config,
      ...['--topic', world.output, '--sample', '60', '--from', '1h', '--json', '-'],
    );
    expect({ code: sample.code, err: sample.err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(sample.out) as SampleReport).toMatchObject({
      scores: 300,
      sampled: 60,
      verdicts: { matches: 60, differs: 0, incomplete: 0 },
      versions: [{ version: '1', sampled: 60, matches: 60 }],
    });

    const label = ({ id: of, amount: risk }: (typeof events)[number]): Buffer =>
      framed(labelId, LABEL_TYPE.toBuffer({ id: of, fraud: risk > 100 }));
    for (const part of [0, 1])
      await world.produce(
        part,
        events.slice(part * 100, part * 100 + 100).map((event) => label(event)),
        labels,
      );
    const to = new Date().toISOString();
    const pack = async (
      name: string,
      run: (config: string, command: string[]) => Promise<Ended>,
    ): Promise<Map<string, string>> => {
      const into = join(folder, name);
      const range = [
        '--from',
        from,
        '--to',
        to,
        '--output',
        into,
        '--sample',
        '50',
        '--labels-to',
        to,
      ];
      const packed = await run(config, ['evidence', ...range, '--policy', policy]);
      expect({ code: packed.code, err: packed.err }).toEqual({ code: 0, err: '' });
      const files = await readdir(into, { recursive: true, withFileTypes: true });
      const texts = files
        .filter((file) => file.isFile())
        .map(async (file): Promise<[string, string]> => {
          const path = join(file.parentPath, file.name);
          return [path.slice(into.length + 1), await readFile(path, 'utf8')];
        });
      return new Map(await Promise.all(texts));
    };
    const files = await pack('one', configuredHere);
    const index = JSON.parse(files.get('index.json')!) as {
      readonly scores: number;
      readonly files: readonly { readonly path: string; readonly sha256: string }[];
    };
    expect(index.scores).toBe(300);
    expect(index.files.map(({ path }) => path).sort()).toEqual(
      [...files.keys()].filter((path) => path !== 'index.json').sort(),
    );
    for (const { path, sha256 } of index.files)
      expect(createHash('sha256').update(files.get(path)!).digest('hex')).toBe(sha256);
    const read = (path: string): unknown => JSON.parse(files.get(path)!);
    expect(read('timeline.json')).toMatchObject([
      { version: '1', policy: 'p1', records: 300, decidedBy: { bands: 300 } },
    ]);
    expect(read('dead-letters.json')).toEqual({ available: { AVRO_TRUNCATED: 1 } });
    expect(read('sample.json')).toMatchObject({
      available: { sampled: 50, verdicts: { matches: 50 } },
    });
    expect(read('figures/fairness.json')).toMatchObject({
      available: [
        {
          ...{ version: '1', policy: 'p1', decided: 300, left: [] },
          fairness: { available: [{ by: 'count', events: 300 }] },
        },
      ],
    });
    expect(read('figures/quality.json')).toMatchObject({
      available: {
        labels: { topic: labels, to, outcomes: { joined: 200 } },
        scores: { records: 300 },
        versions: [{ version: '1', segment: null, events: 300, labelled: 200, matured: 0 }],
        overrides: null,
      },
    });
    expect(read('figures/drift.json')).toEqual({
      notAvailable: 'the configuration has no section drift',
    });
    const alarms = scores.filter(({ decision }) => decision !== 'APPROVE');
    expect(read('figures/expected.json')).toMatchObject({
      available: [
        {
          ...{ version: '1', decided: 300, outOfRange: 0 },
          expected: { available: { all: { events: 300, alarms: alarms.length } } },
        },
      ],
    });
    expect(files.get('index.html')).toContain('Expected by version');
    const [bundle] = [...files.keys()].filter((path) => path.endsWith('model.yaml'));
    expect(files.get(bundle!)).toContain('golden.jsonl');
    expect(files.get('policies/p1.yaml')).toContain('upTo: 0.6');
    expect(files.get('index.html')).toContain('Evidence: ');
    expect(await pack('two', built)).toEqual(files);

    // what is no score, or is not there any more
    await world.produce(1, [null]);
    const producer = world.kafka.producer({ transactionalId: world.name, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: world.input, messages: [{ partition: 1, value: 'x' }] });
    await transaction.abort();
    await producer.disconnect();
    await world.admin.deleteTopicRecords({
      topic: world.input,
      partitions: [{ partition: 0, offset: '50' }],
    });
    const answer = async (topic: string, partition: number, offset: number): Promise<string> => {
      const place = ['--topic', topic, '--partition', String(partition)];
      const { code, out, err } = await explain(config, ...place, '--offset', String(offset));
      expect(code).toBe(2);
      return `${out}${err}`;
    };
    expect(await answer(world.input, 0, 200)).toMatch(
      new RegExp(`is a dead letter: AVRO_TRUNCATED: .* \\(${world.dead}-0, offset 0\\)`),
    );
    expect(await answer(world.input, 1, 100)).toContain('the event is a tombstone');
    expect(await answer(world.input, 1, 101)).toContain('belongs to an aborted transaction');
    expect(await answer(world.input, 1, 102)).toContain('is the marker of a transaction');
    expect(await answer(world.input, 1, 103)).toContain('INPUT_INVALID  the record is not in');
    expect(await answer(world.input, 0, 49)).toContain('has the offsets 50 to 201');
    expect(await answer(world.input, 7, 0)).toContain('has no partition 7');
    const deleted = scores.find(({ source }) => source.partition === 0 && source.offset === 12)!;
    expect(await answer(world.output, 0, deleted.at.offset)).toContain('missing: event');
    expect(await answer(world.dead, 0, 0)).toContain('is neither an input topic nor the output');
  });
});
