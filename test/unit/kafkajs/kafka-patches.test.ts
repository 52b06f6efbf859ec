import { readdirSync, readFileSync } from 'node:fs';
import { KNOWN_VERSION, patchKafkajs, PATCHES } from '../../../src/kafkajs/kafka-patches.ts';
import type { Patch } from '../../../src/kafkajs/patch.ts';
import { SILENT } from '../../../src/observe/logger.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const read = (path: string) =>
  JSON.parse(readFileSync(path, 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };

describe('the kafkajs whose inside is known', () => {
  // Red after an upgrade: read in the new version what each patch changes, and only then raise
  // KNOWN_VERSION.
  it('is the installed one', () => {
    expect(read('node_modules/kafkajs/package.json').version).toBe(KNOWN_VERSION);
  });

  it('is pinned exactly', () => {
    expect(read('package.json').dependencies['kafkajs']).toBe(KNOWN_VERSION);
  });
});

describe('patches of kafkajs', () => {
  let installed: string[];
  let said: string[];
  const logger = new Proxy(SILENT, {
    get: (_, level) => (_fields: object, message: string) =>
      said.push(`${String(level)} ${message}`),
  });
  const patch = (about: string, neededFor: Patch['neededFor']): Patch => ({
    about,
    neededFor,
    install: () => installed.push(about),
  });

  beforeEach(() => {
    installed = [];
    said = [];
  });

  it('are put in once, in their order', () => {
    const patches = [patch('a', 'speed'), patch('b', 'guarantee')];
    patchKafkajs(logger, patches, KNOWN_VERSION);
    patchKafkajs(logger, patches, KNOWN_VERSION);
    expect(installed).toEqual(['a', 'b']);
    expect(said).toEqual([]);
  });

  it.each(['guarantee', 'correctness'] as const)(
    'that are needed for %s refuse another version, and leave it whole',
    async (neededFor) => {
      const patches = [patch('timers', 'speed'), patch('rejoins', neededFor)];
      const error = await scorerErrorOf(() => {
        patchKafkajs(logger, patches, '2.3.0');
      });
      expect(error.message).toBe(
        `CLIENT_VERSION: version 2.3.0 of kafkajs is installed, but the program changes code of kafkajs and is tested only with ${KNOWN_VERSION}. It changes: rejoins (${neededFor}) (node_modules/kafkajs/package.json)`,
      );
      expect(error.exitCode).toBe(2);
      expect(installed).toEqual([]);
    },
  );

  it('for speed alone warn of another version, and stay off', () => {
    patchKafkajs(logger, [patch('timers wake it up', 'speed')], '2.3.0');
    expect(said).toEqual(['warn kafkajs is slower in this version: timers wake it up']);
    expect(installed).toEqual([]);
  });
});

describe('every patch of kafkajs', () => {
  const files = readdirSync('src/kafkajs', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('-patch.ts'),
  );

  it.each(files)('%s is behind the gate, and its head says what it is needed for', async (file) => {
    const exported = Object.values(
      (await import(`../../../src/kafkajs/${file}`)) as Record<string, unknown>,
    );
    const own = PATCHES.filter((patch) => exported.includes(patch));
    expect(own).toHaveLength(1);
    const head = { guarantee: 'the guarantee', correctness: 'correctness', speed: 'speed' };
    const source = readFileSync(`src/kafkajs/${file}`, 'utf8');
    expect(source).toContain(`/**\n * Needed for ${head[own[0]!.neededFor]}. `);
  });

  it('is in a file of its own', () => {
    expect(PATCHES).toHaveLength(files.length);
  });

  // Whatever reaches inside is loaded after the version is known.
  it('reaches inside in one place', () => {
    const others = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        file.endsWith('.ts') &&
        file !== 'kafkajs/kafka-inside.ts' &&
        /require\(['"`]kafkajs/.test(readFileSync(`src/${file}`, 'utf8')),
    );
    expect(others).toEqual([]);
  });
});
