import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { configuredHere } from './here.ts';
import { configOf, Scorer } from './scorer.ts';
import { someEvents, wire, World } from './world.ts';

/** In every text of an event, and a number that nothing else has. */
const MARK = 'M4RK';
const NUMBER = 424242.4375;
const KEY = 'the key of the hashes, 16 characters at least';

describe('values of events', () => {
  let world: World;
  let folder: string;
  beforeEach(async () => {
    world = await new World(sharedStack()).open(1);
    folder = await mkdtemp(join(tmpdir(), 'privacy-e2e-'));
  });
  afterEach(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  it('are only where the configuration says', async () => {
    const id = await world.register();
    const [good] = someEvents(1);
    const event = { ...good!, id: `${MARK}-4711`, amount: NUMBER, tags: [MARK] };
    const valid = wire(id, event);
    const values = [
      valid,
      wire(id, { ...event, count: MARK }),
      wire(id, { ...event, amount: NaN }),
      wire(id, { ...event, history: { risk: null } }),
      wire(id, { ...event, id: MARK }), // the rule divides by zero
      valid.subarray(0, -2),
      Buffer.concat([valid, Buffer.from(MARK)]),
      Buffer.from(`${MARK} is no Avro`),
    ];
    await world.produce(0, values);
    const list = join(folder, 'list.txt');
    await writeFile(list, `${MARK}-blocked\n{"key": "${MARK}", "expires": "soon"}\n`);
    const file = join(folder, 'hash-key');
    await writeFile(file, `${KEY}\n`);
    const rule = `rules: [{ name: odd, when: "100 / (size(event.id) - 4) > 1000", decision: NEVER }]`;
    const config = configOf(world, 'log: { level: debug }\n')
      .replace('carry: [id]', `carry: [{ field: id, hash: true }], hashKey: "\${file:${file}}"`)
      .replace('maxRatio: 1 }', 'maxRatio: 1, includePayload: false }')
      .replace('policy: p1', `policy: p1\n  ${rule}`);

    // A list that is wrong is refused without its keys.
    const lists = `lists: [{ name: l, key: event.id, file: ${list}, decision: NEVER }]`;
    const refused = config.replace(rule, `${rule}\n  ${lists}`);
    const { code, out, err } = await configuredHere(refused, ['check']);
    expect(code).toBe(2);
    expect(err).toContain('LIST_INVALID');
    expect(out).toContain('carried        id (hashed)');

    const printed = await configuredHere(config, ['check', '--offline', '--print']);
    expect(printed.out).toContain('hashKey: "***"');
    const scorer = await Scorer.running(config);
    await eventually(
      () => world.committed(),
      ([offset]) => offset === values.length,
    );
    const routes = ['/metrics', '/readyz', '/livez', '/models', '/monitor'];
    const answers = await Promise.all(
      routes.map(async (route) => (await scorer.get(route)).text()),
    );
    const ended = await scorer.stop();
    const dead = await world.readAll(world.dead);
    expect(dead).toHaveLength(values.length - 1);
    for (const letter of dead) expect([letter.key, letter.value]).toEqual([null, null]);
    const headers = dead.map((letter) =>
      Object.entries(letter.headers).map(([name, value]) => `${name}: ${String(value)}`),
    );
    const [score] = await world.readScores();
    expect(score!.event.id).toBe(createHmac('sha256', KEY).update(event.id).digest('hex'));
    const texts = { out, err, printed: printed.out, answers, headers, log: ended.out + ended.err };
    for (const [where, text] of Object.entries(texts))
      for (const secret of [MARK, String(NUMBER), KEY])
        expect({ where, has: JSON.stringify(text).includes(secret) && secret }).toEqual({
          where,
          has: false,
        });
    expect(score!.at.value!.includes(MARK)).toBe(false);
  });
});
