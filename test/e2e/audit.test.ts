import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Explanation } from '../../src/audit/explanation.ts';
import type { SampleReport } from '../../src/audit/sample-report.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { configOf, Scorer, type Ended } from './scorer.ts';
import { Versions } from './versions.ts';
import { someEvents, wire, World } from './world.ts';

describe('explain, with the built program', () => {
  let world: World;
  let versions: Versions;
  let folder: string;
  beforeEach(async () => {
    world = await new World(sharedStack()).open(2);
    versions = await Versions.make();
    folder = await mkdtemp(join(tmpdir(), 'audit-e2e-'));
  });
  afterEach(async () => {
    await world.close();
    await versions.close();
    await rm(folder, { recursive: true });
  });

  const explain = async (config: string, ...flags: string[]): Promise<Ended> =>
    (await Scorer.start(config, ['explain', ...flags])).ended;
  const at = (topic: string, partition: number, offset: number): string[] => [
    ...['--topic', topic, '--partition', String(partition), '--offset', String(offset)],
    ...['--json', '-'],
  ];
  const json = ({ out }: Ended): Explanation => JSON.parse(out) as Explanation;

  it('recomputes past scores bit for bit, and says what is missing', async () => {
    const events = someEvents(300);
    const id = await world.register();
    await world.produce(0, [
      ...events.slice(0, 200).map((event) => wire(id, event)),
      Buffer.from([0, 0, 0, 0, 1, 7]),
    ]);
    await world.produce(
      1,
      events.slice(200).map((event) => wire(id, event)),
    );
    const config = configOf(world).replace(/dir: [^ ]+/, `dir: ${versions.dir}`);
    const scorer = await Scorer.running(config);
    await eventually(
      () => world.committed(),
      ([first, second]) => first === 201 && second === 100,
    );
    expect((await scorer.stop()).code).toBe(0);
    const scores = await world.readScores();
    const some = scores.find(({ source }) => source.partition === 0 && source.offset === 123)!;

    const byEvent = await explain(config, ...at(world.input, 0, 123));
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
    const byScore = await explain(config, ...at(world.output, 0, some.at.offset));
    expect(json(byScore)).toMatchObject({ ...said, asked: { as: 'score' } });
    const text = await explain(config, ...at(world.input, 0, 123).slice(0, -2));
    expect(text.out).toContain('matches: every field is the same, bit for bit');

    const dead = await explain(config, ...at(world.input, 0, 200));
    expect(dead.code).toBe(2);
    expect(json(dead)).toMatchObject({ missing: [{ what: 'score' }], verdict: 'incomplete' });
    const gone = await explain(config, ...at(world.input, 0, 999));
    expect({ code: gone.code, out: gone.out }).toEqual({ code: 2, out: '' });
    expect(gone.err).toContain('INPUT_INVALID  the record is not in the topic');

    const sample = await explain(
      config,
      ...['--topic', world.output, '--sample', '60', '--json', '-'],
    );
    expect({ code: sample.code, err: sample.err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(sample.out) as SampleReport).toMatchObject({
      scores: 300,
      sampled: 60,
      verdicts: { matches: 60, differs: 0, incomplete: 0 },
      versions: [{ version: '1', sampled: 60, matches: 60 }],
    });

    // Another policy, and another meaning of the model: both are found.
    const policy = join(folder, 'p1.yaml');
    await writeFile(
      policy,
      'policy: p1\nbands: [{ upTo: 0.6, decision: APPROVE }, { upTo: 0.9, decision: REVIEW }, { decision: REJECT }]\n',
    );
    const other = config.replace('policy: p1', 'policy: p2');
    const unknown = await explain(other, ...at(world.input, 0, 123));
    expect(unknown.code).toBe(2);
    expect(json(unknown)).toMatchObject({ missing: [{ what: 'policy' }], verdict: 'incomplete' });
    expect(
      json(unknown).checks.filter(({ result }) => result === 'not compared').map(({ field }) => field),
    ).toEqual(['decision', 'decidedBy', 'segment', 'policy']);
    const given = await explain(other, ...at(world.input, 0, 123), '--policy', policy);
    expect(json(given).verdict).toBe('matches');

    await versions.add('1', (yaml) =>
      yaml.replace('- amount', '- { field: amount, transform: log1p }').replace(/golden: .*/, ''),
    );
    const changed = await explain(config, '--topic', world.output, '--sample', '9', '--json', '-');
    expect(changed.code).toBe(1);
    const { verdicts, examples } = JSON.parse(changed.out) as SampleReport;
    expect(verdicts.differs).toBe(9);
    expect(examples[0]!.checks.map(({ field }) => field)).toContain('score');

    await versions.add('2');
    await versions.remove('1');
    const without = await explain(config, ...at(world.input, 0, 123));
    expect(without.code).toBe(2);
    expect(json(without)).toMatchObject({
      columns: [],
      missing: [{ what: 'model', code: 'MODEL_NOT_FOUND' }],
      verdict: 'incomplete',
    });
  });
});
