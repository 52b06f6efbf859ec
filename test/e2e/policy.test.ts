import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEAD_LETTER_HEADERS } from '../../src/produce/dead-letter.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { someEvents, wire, World } from './world.ts';

describe('a policy', () => {
  let world: World;
  let folder: string;
  beforeEach(async () => {
    world = await new World(sharedStack()).open();
    folder = await mkdtemp(join(tmpdir(), 'policy-e2e-'));
  });
  afterEach(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  it('decides by lists, rules and segments, says how far lists were read, and follows them', async () => {
    const blocked = `${world.name}-blocked`;
    await world.makeTopics([
      {
        topic: blocked,
        numPartitions: 1,
        configEntries: [{ name: 'cleanup.policy', value: 'compact' }],
      },
    ]);
    const producer = world.kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const list = async (key: string, value: string | null): Promise<void> => {
      await producer.send({ topic: blocked, messages: [{ key, value }] });
    };
    await list('gone!', '');
    await list('late!', '{"expires": 1000}');
    await list('blocked', '');
    await list('gone!', null);
    await writeFile(join(folder, 'vips.txt'), 'vip\n');
    const policy = (name: string, decision: string) => `
policy: ${name}
bands: [{ decision: BAND }]
segments: [{ name: rich, when: 'event.amount > 500.0', bands: [{ decision: RICH }] }]
rules:
  - { name: divides, when: '100 / (size(event.id) - 4) > 1000', decision: NEVER }
  - { name: named, when: 'event.id.startsWith("rule")', decision: ${decision} }
  - { name: shadow, when: 'event.id == "plain"', decision: NEVER, shadow: true }
lists:
  - { name: vips, key: event.id, file: ${join(folder, 'vips.txt')}, decision: VIP }
  - { name: blocked, key: event.id, topic: ${blocked}, decision: BLOCKED }
`;
    const file = join(folder, 'policy.yaml');
    await writeFile(file, policy('a', 'RULE'));
    const config = configOf(world)
      .replace(/decision:\n.*\n.*\n/, `decision: { file: ${file} }\n`)
      .replace(/model: \{ (dir: [^}]+) \}/, 'model: { $1, watchMs: 50 }');
    const id = await world.register();
    const scorer = await Here.running(config);
    const [event] = someEvents(1);
    const score = async (partition: number, ...ids: string[]): Promise<void> => {
      await world.produce(
        partition,
        ids.map((one) => wire(id, { ...event!, id: one, amount: one === 'rich!' ? 900 : 100 })),
      );
    };
    await score(0, 'vip', 'blocked', 'rule 1', 'gone!', 'late!', 'plain', 'rich!', 'four');
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end >= 7,
    );
    await list('plain', '');
    await list('plain', 'not understood');
    await eventually(
      () => scorer.get('/readyz').then((answer) => answer.text()),
      (text) =>
        text.includes('list blocked: records that are not understood and were not applied: 1'),
    );
    await score(1, 'plain');
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end >= 8,
    );
    await writeFile(file, policy('a', 'OTHER'));
    await eventually(
      () => scorer.log,
      (log) => log.includes('POLICY_NAME_TAKEN'),
    );
    await writeFile(file, policy('b', 'OTHER'));
    await eventually(
      () => scorer.log,
      (log) => log.includes('the changed policy decides from now on'),
    );
    await score(2, 'rule 2');
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end >= 9,
    );
    expect(await scorer.metric('list_entries{list="blocked"}')).toBe(3);
    expect(await scorer.metric('rules_matched_total{rule="shadow",shadow="true"}')).toBe(1);
    const info = await (await scorer.get('/metrics')).text();
    expect(info).toMatch(/policy_info\{policy="b",sha256="[0-9a-f]{64}"\} 1/);
    expect((await scorer.stop()).code).toBe(0);
    await producer.disconnect();

    const scores = (await world.readScores()) as unknown as Record<string, unknown>[];
    const said = scores.map(({ event: of, decision, decidedBy, segment }) => [
      (of as { id: string }).id,
      decision,
      decidedBy,
      segment,
    ]);
    expect(said.sort()).toEqual(
      [
        ['vip', 'VIP', 'list:vips', null],
        ['blocked', 'BLOCKED', 'list:blocked', null],
        ['rule 1', 'RULE', 'rule:named', null],
        ['gone!', 'BAND', 'bands', null],
        ['late!', 'BAND', 'bands', null],
        ['plain', 'BAND', 'bands', null],
        ['rich!', 'RICH', 'segment:rich', 'rich'],
        ['plain', 'BLOCKED', 'list:blocked', null],
        ['rule 2', 'OTHER', 'rule:named', null],
      ].sort(),
    );
    const policies = new Set(scores.map((one) => String(one['policy'])));
    expect([...policies].map((one) => one.replace(/sha256:\w+/, 'file')).sort()).toEqual([
      'a vips@file blocked@0:4',
      'a vips@file blocked@0:6',
      'b vips@file blocked@0:6',
    ]);
    const [dead] = await world.readAll(world.dead);
    expect(String(dead!.headers[DEAD_LETTER_HEADERS.code])).toBe('POLICY_FAILED');
    expect(String(dead!.headers[DEAD_LETTER_HEADERS.stage])).toBe('decide');
  });
});
