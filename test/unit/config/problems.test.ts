import { loadConfig } from '../../../src/config/load.ts';
import { REFUSED } from '../../../src/config/schema-kafkajs.ts';
import { LEAST, load, problemsOf } from './given.ts';

describe('what is wrong with a configuration', () => {
  it('is said all at once, each with line, key and remedy', async () => {
    const yaml = `name: fraud
kafka:
  brokers: ["\${NOT_SET}"]
schemaRegistry:
  url: localhost
  pasword: hunter2
input: { topics: [in], startFrom: earlyest }
output:
  topik: scores
batch:
  maxSize: many
brokers: [a:1]
explain: { decisions: [REJECT] }
decision:
  bands:
    - { upTo: 0.5, decision: APPROVE }
    - { decision: REJCT }
kafkajs: { producer: { idempotent: false } }
`;
    const problems = await problemsOf(yaml, { sets: ['log.level=debgu'] });
    const at = (line: number, path: string) => `config/scorer.yaml:${line} ${path}`;
    expect(problems.map(({ code, where, remedy }) => [code, where, remedy])).toEqual([
      ['CONFIG_VARIABLE', at(3, 'kafka.brokers[0]'), undefined],
      ['CONFIG_INVALID', at(5, 'schemaRegistry.url'), undefined],
      ['CONFIG_INVALID', at(6, 'schemaRegistry.pasword'), 'Did you mean password?'],
      ['CONFIG_INVALID', at(7, 'input.startFrom'), 'Did you mean earliest?'],
      ['CONFIG_INVALID', at(8, 'output.topic'), 'Add it: Topic for the scores.'],
      ['CONFIG_INVALID', at(9, 'output.topik'), 'Did you mean topic?'],
      ['CONFIG_INVALID', at(11, 'batch.maxSize'), undefined],
      ['CONFIG_INVALID', 'config/scorer.yaml model', 'Add it: The versions of the model.'],
      ['CONFIG_INVALID', '--set log.level', 'Did you mean debug?'],
      ['CONFIG_NOT_SUPPORTED', at(18, 'kafkajs.producer.idempotent'), undefined],
      ['CONFIG_INVALID', at(12, 'brokers'), 'Did you mean kafka.brokers?'],
      ['CONFIG_INVALID', at(13, 'explain.decisions[0]'), 'Did you mean REJCT?'],
    ]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('suggests only keys that the chosen SASL mechanism has', async () => {
    const yaml = LEAST.replace('[localhost:9092]', '[a:1], sasl: { mechanism: aws, usrname: u }');
    const unknown = (await problemsOf(yaml)).find(({ what }) => what === 'unknown key "usrname"');
    expect(unknown?.remedy).toMatch(/authorizationIdentity|accessKeyId/);
  });

  it.each([
    ['[{ field: a, hash: true }]', '', ['output.hashKey']],
    ['[{ field: a, hash: true }]', 'too short', ['output.hashKey']],
    ['[{ field: a, keepLast: 2 }]', 'k'.repeat(16), ['output.hashKey']],
    ['[{ field: a, keepLast: 2, hash: true }]', 'k'.repeat(16), ['output.carry[0]']],
    ['[{ field: a }]', '', ['output.carry[0]']],
    ['[a, { field: a, keepLast: 2 }]', '', ['output.carry[1]']],
    ['[a, { field: a.b, keepLast: 2 }]', '', ['output.carry[1]']],
    ['[ab, { field: a.b, hash: true }, { field: a.c, keepLast: 2 }]', 'k'.repeat(16), []],
  ])('tells what is wrong with carried fields that are concealed: %s', async (carry, key, at) => {
    const hashKey = key === '' ? '' : `, hashKey: ${key}`;
    const yaml = LEAST.replace('topic: out', `topic: out, carry: ${carry}${hashKey}`);
    const problems = await problemsOf(yaml);
    expect(problems.map(({ where }) => where!.replace(/^\S+ /, ''))).toEqual(at);
  });

  it('tells of a name of the scores that a record within them has', async () => {
    for (const name of ['Event', 'Event_merchant', 'Model', 'Source', 'Reason', 'string']) {
      const problems = await problemsOf(LEAST, { sets: [`output.schemaName=${name}`] });
      expect(problems).toMatchObject([{ where: '--set output.schemaName' }]);
      expect(problems[0]!.what).toContain('a record in the score schema');
    }
    for (const name of ['EventScore', 'Model_score', 'Score'])
      expect(await problemsOf(LEAST, { sets: [`output.schemaName=${name}`] })).toEqual([]);
  });

  it('tells of a time for a batch that is shorter than batches are made', async () => {
    const [problem] = await problemsOf(`${LEAST}\ninference: { timeoutMs: 49 }`);
    expect(problem!.where).toContain('inference.timeoutMs');
    expect(problem!.what).toContain('batch.maxInferMs (50)');
    expect(await problemsOf(`${LEAST}\ninference: { timeoutMs: 50 }`)).toEqual([]);
    expect(await problemsOf(`${LEAST}\nbatch: { maxInferMs: 60000 }`)).toEqual([]);
    expect(await problemsOf(`${LEAST}\ninference: { timeoutMs: ${2 ** 31} }`)).toHaveLength(1);
  });

  it('lists the keys where nothing is near', async () => {
    expect(await problemsOf(`${LEAST}\nbatch: { zebra: 1 }`)).toMatchObject([
      { what: 'unknown key "zebra"', remedy: 'The keys here are maxSize, maxDelayMs, maxInferMs.' },
    ]);
  });

  it('gives line and column of broken YAML, once, without quoting it', async () => {
    expect(await problemsOf('a: 1\nb: { c: ${HUNTER}, d: hunter2 }\ne: { f: 1 }\n')).toEqual([
      {
        code: 'CONFIG_SYNTAX',
        what: 'Unexpected flow-map-start at node end',
        where: 'config/scorer.yaml:2:10',
        remedy: 'Correct the YAML. Inside { } and [ ], a value with ${...} needs quotes.',
      },
    ]);
    expect(await problemsOf('a: 1\na: 2\n')).toMatchObject([
      { code: 'CONFIG_SYNTAX', where: 'config/scorer.yaml:2:1' },
    ]);
    for (const yaml of ['p: *hunter2', 'p: !hunter2 x', 'p: x\n- hunter2', 'p: [x\nq: hunter2']) {
      const problems = await problemsOf(yaml);
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.every(({ code }) => code === 'CONFIG_SYNTAX')).toBe(true);
      expect(JSON.stringify(problems)).not.toContain('hunter2');
    }
  });

  it.each(['', '# nothing', '---\n'])('names the sections that %j lacks', async (yaml) => {
    const problems = await problemsOf(yaml);
    expect(problems.map(({ where }) => where?.split(' ').at(-1))).toEqual([
      'kafka',
      'schemaRegistry',
      'input',
      'output',
      'model',
    ]);
    expect(problems[0]?.what).toBe('is missing; it needs brokers');
  });

  it('refuses a file that is a list', async () => {
    expect(await problemsOf('- a')).toMatchObject([
      { what: 'must be a section, not a list', where: 'config/scorer.yaml:1' },
    ]);
  });

  it('is that the file is not there', async () => {
    const loading = loadConfig({ file: 'no/such.yaml', env: {}, cwd: '/' });
    await expect(loading).rejects.toMatchObject({
      problems: [
        { code: 'CONFIG_NOT_FOUND', what: 'the file does not exist', where: 'no/such.yaml' },
      ],
    });
    await expect(loadConfig({ file: '.', env: {}, cwd: '/' })).rejects.toMatchObject({
      problems: [{ code: 'CONFIG_NOT_FOUND', what: 'the file cannot be read (EISDIR)' }],
    });
  });

  it.each(Object.entries(REFUSED))('says why %s is refused', async (path, reason) => {
    const problems = await problemsOf(LEAST, { sets: [`${path}=1`] });
    expect(problems).toMatchObject([{ code: 'CONFIG_NOT_SUPPORTED', where: `--set ${path}` }]);
    expect(problems[0]!.what).toContain(reason);
  });

  it('is nothing in the kafkajs settings that do not touch the guarantee', async () => {
    const sets = [
      'kafkajs.client.connectionTimeout=10000',
      'kafkajs.client.requestTimeout=60000',
      'kafkajs.client.retry.initialRetryTime=5',
      'kafkajs.consumer.sessionTimeout=45000',
      'kafkajs.consumer.maxBytesPerPartition=1',
      'kafkajs.consumer.rackId=a',
      'kafkajs.producer.transactionTimeout=1000',
    ];
    expect((await load(LEAST, { sets })).kafkajs.consumer).toEqual({
      sessionTimeout: 45_000,
      maxBytesPerPartition: 1,
      rackId: 'a',
    });
  });

  it.each([
    ['stands in itself', 'name: &a [*a]'],
    ['stands in itself, further in', 'explain: &a { top: { b: *a } }'],
    [
      'is written out without end',
      Array.from(
        { length: 40 },
        (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1}, *a${i - 1}`}]`,
      ).join('\n'),
    ],
    ['nests without end', `name: ${'['.repeat(5000)}`],
    ['nests deeper than is walked over', `name: ${'['.repeat(150)}${']'.repeat(150)}`],
  ])('is told where something %s, in a file and in an override', async (_name, yaml) => {
    const problems = await problemsOf(`${LEAST}\n${yaml}`);
    expect(problems).toMatchObject([{ code: 'CONFIG_SYNTAX' }]);
    const value = /^[a-z0-9]+: ?([^\n]*)$/.exec(yaml)?.[1];
    if (value === undefined) return;
    expect(await problemsOf(LEAST, { sets: [`name=${value}`] })).toMatchObject([
      { code: 'CONFIG_SYNTAX', where: '--set name' },
    ]);
  });

  it.each([
    'http: { "${SECRET}": 1 }',
    'kafkajs: { client: { "${SECRET}": { a: 1 } } }',
    'http: { token: { "${SECRET}": 1 } }',
    'http: { token: ["${SECRET}"] }',
    'http: { port: "${SECRET}" }',
    'log: { level: "${SECRET}" }',
    'input: { topics: ["${SECRET}", "${SECRET}"] }',
    'schemaRegistry: { url: "http://u:${SECRET}@h" }',
    'http: { token: "${SECRET" }',
    'name: "${SECRET:-}" }',
    '"${SECRET}": "${SECRET}"',
    '? { "${SECRET}": 1 }\n: 2',
  ])('never shows what a variable holds, also where it stands for a key: %s', async (yaml) => {
    for (const sets of [[], ['log.level=${SECRET}'], ['http.token.x=${SECRET}']]) {
      const text = `${LEAST.replace(/^(?:input|schemaRegistry):.*$/m, (line) => (yaml.startsWith(line.split(':')[0]!) ? '' : line))}\n${yaml}`;
      const problems = await problemsOf(text, { sets, env: { SECRET: 'hunter2 hunter2' } }).catch(
        (error: unknown) => error,
      );
      expect(JSON.stringify(problems)).not.toContain('hunter2');
      expect(String(problems)).not.toContain('hunter2');
    }
  });
});

describe('names and keys that would mislead', () => {
  const found = async (yaml: string) =>
    (await problemsOf(`${LEAST}\n${yaml}`)).map(({ where, what, remedy }) => [
      where!.split(' ').at(-1),
      what,
      remedy,
    ]);

  it('an unknown key without a value is refused as any', async () => {
    expect(
      await found(
        'htttp:\ntls:\n  caFile:\nlog: { levl: , level: info }\ndecision:\n  bands: [{ upto: , decision: A }]\n',
      ),
    ).toEqual([
      ['htttp', 'unknown key "htttp"', 'Did you mean http?'],
      ['tls', 'unknown key "tls"', 'Did you mean kafka.tls?'],
      ['log.levl', 'unknown key "levl"', 'Did you mean level?'],
      ['decision.bands[0].upto', 'unknown key "upto"', 'Did you mean upTo?'],
    ]);
  });

  it('known keys without a value are as if they were not there', async () => {
    expect(
      await problemsOf(`${LEAST}\nlog: { level: }\nhttp:\ndecision:\n`).catch(() => []),
    ).toEqual([]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    '%s is an unknown key as any',
    async (key) => {
      for (const value of ['1', '']) {
        const [[where, what] = []] = await found(`${key}: ${value}`);
        expect([where, what]).toEqual([key, `unknown key "${key}"`]);
      }
    },
  );

  it('__proto__ is no key', async () => {
    expect(await problemsOf(`${LEAST}\n__proto__: { a: 1 }`)).toMatchObject([
      { code: 'CONFIG_SYNTAX' },
    ]);
  });

  it.each([
    ['name: "a\\nb"', 'name'],
    [`name: ${'a'.repeat(300)}`, 'name'],
    ['name: " a"', 'name'],
    ['name: "a\\u0000"', 'name'],
  ])('%s', async (yaml, key) => {
    expect((await found(yaml)).map(([where]) => where)).toEqual([key]);
  });

  it.each([
    ['input.groupId="a\\nb"'],
    [`input.groupId=${'g'.repeat(300)}`],
    ['output.namespace="a b"'],
    ['output.namespace=a..b'],
    ['output.namespace=größe'],
    ['output.namespace=a-b'],
    ['output.schemaName=a.b'],
    ['output.topic=..'],
    ['output.topic=a/b'],
  ])('%s', async (set) => {
    const [problem, ...more] = await problemsOf(LEAST, { sets: [set] });
    expect(problem).toMatchObject({ code: 'CONFIG_INVALID', where: `--set ${set.split('=')[0]}` });
    expect(more).toEqual([]);
  });
});
