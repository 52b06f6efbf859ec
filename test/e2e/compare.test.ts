import avro from 'avsc';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../src/compare/report.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { configuredHere, Here } from './here.ts';
import { configOf, Scorer, type Ended } from './scorer.ts';
import { EVENT_SCHEMA, expectedScore, framed, someEvents, wire, World } from './world.ts';

interface Said {
  readonly score: number;
  readonly decision: string | null;
  readonly decidedBy: string | null;
}

interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly a: Said | { readonly code: string } | null;
  readonly b: Row['a'];
}

/** Decisions that the score alone does not say. */
const POLICY = `policy: p1
  segments: [{ name: small, when: "event.amount < 1.0", bands: [{ decision: APPROVE }] }]
  rules: [{ name: large, when: "event.amount > 8.0 && score > 0.95", decision: CALL }]`;

describe('compare', () => {
  let folder: string;
  let world: World;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-compare-'));
    world = new World(sharedStack());
  });
  afterEach(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  const at = (name: string): string => join(folder, name);
  const compare = (...flags: string[]): Promise<Ended> => compareWith(configOf(world), ...flags);
  const compareWith = (config: string, ...flags: string[]): Promise<Ended> =>
    configuredHere(config, ['compare', ...flags]);
  const rowsOf = async (name: string): Promise<Row[]> =>
    (await readFile(at(name), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
  const reportOf = async (name: string): Promise<Report> =>
    JSON.parse(await readFile(at(name), 'utf8')) as Report;

  it('says of a topic exactly what the output topic says was decided', async () => {
    const events = someEvents(900);
    await world.open(3);
    const id = await world.register();
    const bad = Buffer.from([0, 0, 0, 0, 1, 7]);
    await world.produce(0, [...events.slice(0, 500).map((event) => wire(id, event)), null, bad]);
    await world.produce(
      2,
      events.slice(500).map((event) => wire(id, event)),
    );
    const config = configOf(world, 'delivery: exactly-once\n').replace('policy: p1', POLICY);
    const scorer = await Here.running(`${config}batch: { maxSize: 64 }`);
    await eventually(
      () => world.committed(),
      ([first, , third]) => first === 502 && third === 400,
    );
    expect((await scorer.stop()).code).toBe(0);
    const decided = await world.readScores();
    const groups = await world.committed();

    const { code, err, out } = await compareWith(
      config,
      ...['--topic', world.input, '--from', '0', '--set-b', 'batch.maxSize=17'],
      ...['--rows', at('rows.jsonl'), '--json', at('report.json')],
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('900 of 900 scores are identical, bit for bit');
    const rows = await rowsOf('rows.jsonl');
    const said = new Map(
      rows.map(({ partition, offset, ...row }) => [`${partition} ${offset}`, row]),
    );
    expect(said.size).toBe(902);
    for (const { source, score, decision, decidedBy } of decided as (Said &
      (typeof decided)[number])[]) {
      const wanted = { score, decision, decidedBy };
      const own = said.get(`${source.partition} ${source.offset}`);
      expect(own).toEqual({ topic: world.input, a: wanted, b: wanted });
    }
    expect(said.get('0 500')).toMatchObject({ a: null, b: null });
    expect(Object.keys(said.get('0 501')!.a!)).toEqual(['code']);
    expect(new Set(decided.map((one) => (one as unknown as Said).decidedBy))).toEqual(
      new Set(['bands', 'segment:small', 'rule:large']),
    );
    const { all, hours } = await reportOf('report.json');
    expect(all).toMatchObject({ events: 902, flips: 0, skipped: { a: { tombstone: 1 } } });
    expect(hours.length).toBeGreaterThan(0);
    expect(await world.committed()).toEqual(groups);

    const recorded = await compareWith(
      config,
      ...['--topic', world.input, '--recorded', '--json', at('recorded.json')],
      ...['--set-b', 'decision={ policy: p2, bands: [{ decision: APPROVE }] }'],
    );
    expect({ code: recorded.code, err: recorded.err }).toEqual({ code: 0, err: '' });
    const past = await reportOf('recorded.json');
    expect(past.all).toMatchObject({
      bothScored: 900,
      identicalScores: 900,
      flips: decided.filter(({ decision }) => decision !== 'APPROVE').length,
      unscored: { a: { 'not in the output topic': 1 } },
      skipped: { a: { tombstone: 1 }, b: { tombstone: 1 } },
    });
    expect(past.subject.a).toMatchObject({
      recorded: { topic: world.output, records: 900, repeated: 0, changed: 0 },
      model: decided[0]!.model,
      policy: 'p1',
    });

    const some = await compare('--topic', world.input, '--from', '0:490,1:0,2:390', '--json', '-');
    expect((JSON.parse(some.out) as Report).all.events).toBe(22);
  });

  it('compares two policies over a file, with labels, money and a capacity', async () => {
    const events = someEvents(200);
    const truth = events.map(({ id }, i) => ({ id, label: i % 4 === 0 ? 1 : 0 }));
    await writeFile(
      at('events.jsonl'),
      events.map((event) => `${JSON.stringify(event)}\n`).join(''),
    );
    await writeFile(at('event.avsc'), JSON.stringify(EVENT_SCHEMA));
    await writeFile(at('labels.jsonl'), truth.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const before = [
      { upTo: 0.605, decision: 'APPROVE' },
      { upTo: 0.905, decision: 'REVIEW' },
      { decision: 'REJECT' },
    ];
    const after = [{ upTo: 0.805, decision: 'APPROVE' }, { decision: 'BLOCK' }];
    const { code, err, out } = await compare(
      ...['--input', at('events.jsonl'), '--schema', at('event.avsc')],
      ...['--set-a', `decision.bands=${JSON.stringify(before)}`],
      ...['--set-b', `decision.bands=${JSON.stringify(after)}`, '--set-b', 'decision.policy=p2'],
      ...['--labels', at('labels.jsonl'), '--label-id', 'id', '--label', 'label'],
      ...['--amount', 'amount', '--by', 'count', '--time', 'amount', '--capacity', '20'],
      ...['--json', at('report.json'), '--html', at('report.html'), '--examples', '1'],
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const wanted = events.map(expectedScore);
    const flips = (await reportOf('report.json')).flips;
    expect(
      Object.fromEntries(flips.map(({ from, to, count }) => [`${from} ${to}`, count])),
    ).toEqual({
      'REVIEW APPROVE': wanted.filter((score) => score >= 0.605 && score < 0.805).length,
      'REVIEW BLOCK': wanted.filter((score) => score >= 0.805 && score < 0.905).length,
      'REJECT BLOCK': wanted.filter((score) => score >= 0.905).length,
    });
    expect(flips[0]!.examples).toHaveLength(1);
    expect(Object.keys(flips[0]!.examples[0]!.event as object)).toEqual(['id']); // carried
    const { all, capacity, segments, labels } = await reportOf('report.json');
    expect(labels).toMatchObject({ joined: 200, unused: 0 });
    const caught = truth.filter(({ label }, i) => label === 1 && wanted[i]! >= 0.805).length;
    expect(all.quality!.b.alarms).toMatchObject({ caught, missed: 50 - caught });
    expect(capacity!.b.onAverage.reviewed).toBeLessThanOrEqual(20);
    expect(segments).toHaveLength(8);
    expect(out).toContain('policy p2');
    const page = await readFile(at('report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  });

  it('joins the labels of a topic, and compares two configurations on every third event', async () => {
    const events = someEvents(90);
    await world.open(1);
    const id = await world.register();
    await world.produce(
      0,
      events.map((event) => wire(id, event)),
    );
    const topic = `${world.name}-labels`;
    await world.makeTopics([{ topic, numPartitions: 2 }]);
    const fields = [
      { name: 'tx', type: 'string' },
      { name: 'bad', type: 'boolean' },
    ];
    const schema = { type: 'record', name: 'Label', fields };
    const labelId = await world.registry.register(`${topic}-value`, schema);
    const label = avro.Type.forSchema(schema as never);
    const bad = events.filter((_, i) => i % 9 === 0).map((event) => ({ tx: event.id, bad: true }));
    await world.produce(
      1,
      bad.map((one) => framed(labelId, label.toBuffer(one))),
      topic,
    );
    await writeFile(at('b.yaml'), configOf(world, 'batch: { maxSize: 7 }'));
    const other = ['--topic', world.input, '--every', '3', '--max-events', '30'];
    const scorer = await Scorer.start(configOf(world), [
      ...['compare', '--labels', `topic:${topic}`, '--label-id', 'id=tx', '--label', 'bad'],
      ...['--unlabelled', '0', '--alarm', 'REJECT', '--json', at('report.json')],
      ...[...other, '--to', '90'],
    ]);
    const { code, err } = await scorer.ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { all, labels, subject } = await reportOf('report.json');
    const wanted = events.map(expectedScore);
    const taken = [...events.keys()].filter((i) => i % 3 === 0);
    expect(labels).toMatchObject({ ids: 10, joined: 10, unlabelled: 20, unused: 0 });
    const alarms = taken.filter((i) => wanted[i]! >= 0.9);
    const caught = alarms.filter((i) => i % 9 === 0).length;
    const falseAlarms = alarms.length - caught; // events without a label count as 0
    expect(all.quality!.b.alarms).toMatchObject({ caught, missed: 10 - caught, falseAlarms });
    expect(subject.b.alarms).toEqual(['REJECT']);

    const configs = ['compare', '--config', at('b.yaml'), ...other.slice(0, 2)];
    const ended = await configuredHere(configOf(world), configs);
    expect({ code: ended.code, err: ended.err }).toEqual({ code: 0, err: '' });
    expect(ended.out).toMatch(/A {2}\S+b\.yaml .*\nB {2}\S+scorer\.yaml /);
  });

  it('refuses what it cannot compare, with 2 and no file', async () => {
    await writeFile(at('events.jsonl'), '{}\n');
    await writeFile(at('event.avsc'), JSON.stringify(EVENT_SCHEMA));
    const file = ['--input', at('events.jsonl'), '--schema', at('event.avsc')];
    const refuses = async (flags: string[], why: string): Promise<void> => {
      const { code, err } = await compare(...flags, '--json', at('report.json'));
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(why) as string });
      await expect(readFile(at('report.json'))).rejects.toThrow();
    };
    await refuses([], 'there are no events to compare');
    await refuses([...file, '--by', 'amuont'], 'Did you mean amount?');
    await refuses([...file, '--alarm', 'REJECTED'], 'Did you mean REJECT?');
    await refuses([...file, '--set-b', 'model.champion=nowhere'], 'B: ');
    await refuses(['--topic', 'other'], 'is not in input.topics');
  });
});
