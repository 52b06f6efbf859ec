import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseProfile } from '../../src/monitor/profile-file.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { configuredHere, Here } from './here.ts';
import { configOf, Scorer, type Ended } from './scorer.ts';
import { EVENT_SCHEMA, someEvents, wire, World } from './world.ts';

interface Report {
  readonly series: { psi: number; alarms: unknown[] }[];
  readonly events: number;
  readonly warnings: readonly string[];
}

describe('profile and drift', () => {
  let folder: string;
  let world: World;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-profile-'));
    world = new World(sharedStack());
    await cp(resolve('test/e2e/bundle'), join(folder, 'models'), { recursive: true });
  });
  afterEach(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  const at = (name: string): string => join(folder, name);
  const inBundle = (name: string): string => at(`models/1/${name}`);
  const profile = (...flags: string[]): Promise<Ended> => run('profile', ...flags);
  const run = (...command: string[]): Promise<Ended> => configuredHere(config(), command);
  const built = async (...command: string[]): Promise<Ended> =>
    (await Scorer.start(config(), command)).ended;
  const config = (): string => {
    // Reasons need the background that `profile` is about to make.
    const explain = 'explain: { decisions: [REJECT] }';
    return configOf(world, explain).replace(resolve('test/e2e/bundle'), at('models'));
  };

  const reportOf = async (file: string): Promise<Report> =>
    JSON.parse(await readFile(at(file), 'utf8')) as Report;

  it('makes the same of a file and of a topic, and names the files in model.yaml', async () => {
    const events = someEvents(400);
    await writeFile(at('events.jsonl'), events.map((one) => `${JSON.stringify(one)}\n`).join(''));
    await writeFile(at('event.avsc'), JSON.stringify(EVENT_SCHEMA));
    const input = ['--input', at('events.jsonl'), '--schema', at('event.avsc')];

    const first = await built('profile', ...input, '--background', '20', '--seed', '7');
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
    expect(first.out).toContain('rows           400');
    expect(first.out).toContain('warning: the profile has only 400 rows');
    const text = await readFile(inBundle('profile.json'), 'utf8');
    const made = parseProfile(text, '');
    expect(made).toMatchObject({ rows: 400, read: 400, from: null });
    expect(made.features.find(({ name }) => name === 'count')?.missing).toBe(80);
    const background = (await readFile(inBundle('background.jsonl'), 'utf8')).trim().split('\n');
    expect(background).toHaveLength(20);
    expect(background.every((line) => (JSON.parse(line) as { id: string }).id === '')).toBe(true);
    expect(first.out).toContain('  profile: profile.json\n  background: background.jsonl\n');

    const again = await profile(...input);
    expect(again.code).toBe(2);
    expect(again.err).toContain('the file exists');
    const written = await profile(...input, '--background', '0', '--force', '--write');
    expect(written.code).toBe(0);
    const yaml = await readFile(inBundle('model.yaml'), 'utf8');
    expect(yaml.endsWith('\nprofile: profile.json\n')).toBe(true);

    const labels = events.map(({ id }, i) => `${id},${i % 3 === 0 ? 1 : 0}\n`).join('');
    await writeFile(at('labels.csv'), `id,fraud\n${labels}`);
    const joined = ['--labels', at('labels.csv'), '--label-id', 'id', '--label', 'fraud'];
    const calibrated = await profile(...input, ...joined, '--background', '0', '--force');
    expect({ code: calibrated.code, err: calibrated.err }).toEqual({ code: 0, err: '' });
    expect(calibrated.out).toMatch(/calibrator {5}\d+ knots, 400 labels/);
    const { calibrator } = parseProfile(await readFile(inBundle('profile.json'), 'utf8'), '');
    const rates = calibrator!.knots.map(([, rate]) => rate);
    const rising = rates.toSorted((a, b) => a - b);
    expect([rising, rising.toReversed()]).toContainEqual(rates);
    const without = await profile(...input, '--label', 'fraud');
    expect(without.code).toBe(2);
    expect(without.err).toContain('--label needs labels');

    await world.open(1);
    const id = await world.register();
    await world.produce(
      0,
      events.map((event) => wire(id, event)),
    );
    const topic = ['--topic', world.input, '--from', '0', '--no-hours', '--background', '0'];
    const second = await profile(...topic, '--output', at('made/here'));
    expect({ code: second.code, err: second.err }).toEqual({ code: 0, err: '' });
    const same = parseProfile(await readFile(at('made/here/profile.json'), 'utf8'), '');
    expect({ ...same, from: null, to: null }).toEqual(made);
    expect(same.from).not.toBeNull();

    const report = ['--report', at('drift.html'), '--json', at('drift.json')];
    const third = await built('drift', '--topic', world.input, ...report);
    expect({ code: third.code, err: third.err }).toEqual({ code: 0, err: '' });
    expect(third.out).toContain('events           400 of topic');
    const { series, events: count, warnings } = await reportOf('drift.json');
    expect(warnings).toEqual([expect.stringContaining('only 400 rows')]);
    expect(count).toBe(400);
    // The same events as in the profile: in another place, nothing is different.
    expect(Math.max(...series.map(({ psi }) => psi))).toBeLessThan(0.001);
    expect(series.flatMap(({ alarms }) => alarms)).toEqual([]);
    expect(await readFile(at('drift.html'), 'utf8')).toContain('<figure>');

    // While the stream runs: what is counted, and an event that is outside of the profile.
    await world.produce(0, [wire(id, { ...events[0]!, amount: 1e6 })]);
    const reports = `${world.name}-drift`;
    await world.makeTopics([{ topic: reports, numPartitions: 2 }]);
    const drifting = configOf(world, `drift: { topic: ${reports} }\n`).replace(
      resolve('test/e2e/bundle'),
      at('models'),
    );
    const scorer = await Here.running(drifting);
    await eventually(
      () => world.committed(),
      ([offset]) => offset === 401,
    );
    const monitored = (await (await scorer.get('/monitor')).json()) as {
      drift: { events: number };
    };
    expect(monitored.drift).toMatchObject({ model: '1', rows: 400, events: 401, effect: 0.1 });
    expect(await scorer.metric('feature_drift_alarm{feature="amount"}')).toBe(0);
    expect((await scorer.stop()).code).toBe(0);
    const marks = (await world.readScores()).map((one) => {
      return (one as unknown as { outOfProfile: string[] | null }).outOfProfile;
    });
    expect(marks.slice(0, 400)).toEqual(events.map(() => []));
    expect(marks[400]).toEqual(['amount']);

    // Another process counts the rest. What both have written is what the events themselves say.
    await world.produce(
      0,
      someEvents(150).map((event) => wire(id, event)),
    );
    const restarted = await Here.running(drifting.replace('drift: {', 'drift: { reportMs: 1000,'));
    await eventually(
      () => restarted.metric('drift_reports_total{outcome="written"}').catch(() => 0),
      (written) => written > 0,
    );
    await eventually(
      () => world.committed(),
      ([offset]) => offset === 551,
    );
    expect((await restarted.stop()).code).toBe(0);
    const recorded = ['--recorded', '--set', `drift.topic=${reports}`, '--json', at('both.json')];
    const fourth = await run('drift', ...recorded, '--report', at('both.html'));
    expect({ code: fourth.code, err: fourth.err }).toEqual({ code: 0, err: '' });
    expect(fourth.out).toMatch(/counted by +2 processes, /);
    await run('drift', '--topic', world.input, '--json', at('events.json'));
    const [both, scored] = [await reportOf('both.json'), await reportOf('events.json')];
    expect(both.events).toBe(551);
    expect(both.series).toEqual(scored.series);
    expect(await readFile(at('both.html'), 'utf8')).toContain('2 processes');
  });
});
