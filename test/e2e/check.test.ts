import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedStack } from '../support/stack.ts';
import { configuredHere } from './here.ts';
import { configOf, Scorer, type Ended } from './scorer.ts';
import { EVENT_SCHEMA, World } from './world.ts';

describe('check', () => {
  let world: World;
  beforeAll(async () => {
    world = await new World(sharedStack()).open();
    await world.register();
  });
  afterAll(() => world.close());

  const check = (config: string, ...flags: string[]): Promise<Ended> =>
    configuredHere(config, ['check', ...flags]);

  it('says what it understood, and that nothing is wrong', async () => {
    const { code, out, err } = await (await Scorer.start(configOf(world), ['check'])).ended;
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('tensor         features: float32[N,3]');
    expect(out).toMatch(/1 {2}count +null \| int \| string {2}null → 0/);
    expect(out).toMatch(/2 {2}history\.risk +double \| null {2}null is a dead letter/);
    expect(out).toContain('golden         2 events scored as expected');
    expect(out).toContain(
      `${world.input} (4) → ${world.output} (4), dead letters ${world.dead} (4)`,
    );
    expect(out).toContain('below 0.6 APPROVE, below 0.9 REVIEW, else REJECT (policy p1)');
  });

  it('says that the port is taken, which is no mistake in the configuration', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, out } = await check(configOf(world).replace('port: 0', `port: ${port}`));
    other.close();
    expect(out).toContain(
      `note: HTTP_PORT_IN_USE: another program listens on 127.0.0.1:${port} (http.port)`,
    );
    expect(code).toBe(0);
  });

  it('finds every problem at once, each with its place and a remedy, and exits with 2', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-bundle-'));
    const good = join('test/e2e/bundle/1');
    const { cp, mkdir, readFile } = await import('node:fs/promises');
    await mkdir(join(folder, '1'));
    await cp(good, join(folder, '1'), { recursive: true });
    const yaml = await readFile(join(good, 'model.yaml'), 'utf8');
    await writeFile(
      join(folder, '1', 'model.yaml'),
      yaml.replace('history.risk', 'histroy.risk').replace('    - amount\n', ''),
    );
    const config = configOf(world)
      .replace(/dir: .*? }/, `dir: ${folder} }`)
      .replace('carry: [id]', 'carry: [idd]')
      .replace(`topics: [${world.input}]`, `topics: [${world.input}, ${world.input}x]`)
      .replace(`topic: ${world.output}`, `topic: ${world.output}-nowhere`);
    const { code, err } = await check(config);
    expect(code).toBe(2);
    expect(err).toContain('CONTRACT_FIELD  the event has no field histroy.risk');
    expect(err).toContain('Did you mean history.risk?');
    expect(err).toContain('Did you mean id?');
    expect(err).toContain(
      'MODEL_INPUT  model.yaml lists 2 columns for features, but the model takes 3',
    );
    expect(err).toContain(`Did you mean ${world.input}-value?`);
    expect(err).toContain(`TOPIC_NOT_FOUND  the topic ${world.output}-nowhere does not exist`);
    expect(err).toMatch(/--create --topic \S+-nowhere --partitions 4/);
    expect(err).toMatch(/\n\d problems\n$/);
  });

  it('says which topic has too few partitions', async () => {
    const few = `${world.output}-few`;
    await world.makeTopics([{ topic: few, numPartitions: 2 }]);
    const { code, err } = await check(
      configOf(world).replace(`topic: ${world.output}`, `topic: ${few}`),
    );
    expect(code).toBe(2);
    expect(err).toContain(
      `TOPIC_PARTITIONS  the output topic ${few} has 2 partitions, but an input topic has 4`,
    );
    expect(err).toContain(`--alter --topic ${few} --partitions 4`);
  });

  it('refuses a model whose file was changed, and one that misses its golden events', async () => {
    const { cp, appendFile, readFile } = await import('node:fs/promises');
    const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-bundle-'));
    await cp('test/e2e/bundle', folder, { recursive: true });
    const config = configOf(world).replace(/dir: .*? }/, `dir: ${folder} }`);
    const golden = await readFile(join(folder, '1', 'golden.jsonl'), 'utf8');
    await writeFile(
      join(folder, '1', 'golden.jsonl'),
      golden.replace('0.7310585786300049', '0.7310'),
    );
    const missed = await check(config);
    expect(missed.code).toBe(2);
    expect(missed.err).toContain('MODEL_GOLDEN');
    expect(missed.err).toContain('golden.jsonl:1');
    await appendFile(join(folder, '1', 'model.onnx'), 'x');
    const changed = await check(config);
    expect(changed.code).toBe(2);
    expect(changed.err).toContain('MODEL_CHECKSUM');
  });

  it('works without brokers and registry', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-schema-'));
    const schema = join(folder, 'event.avsc');
    await writeFile(schema, JSON.stringify(EVENT_SCHEMA));
    const config = configOf(world)
      .replace(world.brokers[0]!, 'localhost:1')
      .replace(/url: "[^"]*"/, 'url: http://localhost:1');
    const { code, out } = await check(config, '--offline', '--schema', schema);
    expect(code).toBe(0);
    expect(out).toContain('tensor         features: float32[N,3]');
    const scores = await check(config, '--score-schema', '--schema', schema);
    expect(JSON.parse(scores.out)).toMatchObject({ type: 'record', name: 'Score' });
    const drift = await check(config, '--drift-schema');
    expect(JSON.parse(drift.out)).toMatchObject({ type: 'record', name: 'DriftReport' });
    const comparison = await check(config, '--comparison-schema');
    expect(JSON.parse(comparison.out)).toMatchObject({ type: 'record', name: 'ScoreComparison' });
    const online = await check(config);
    expect(online.code).toBe(2);
    expect(online.err).toContain('KAFKA_UNREACHABLE');
    expect(online.err).toContain('REGISTRY_UNREACHABLE');
  });

  it('prints the effective configuration', async () => {
    const { code, out } = await check(configOf(world), '--print');
    expect(code).toBe(0);
    expect(out).toContain('maxSize: 1024');
  });
});
