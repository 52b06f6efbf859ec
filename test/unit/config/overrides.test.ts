import { formatPath, parsePath } from '../../../src/config/tree.ts';
import { LEAST, load, problemsOf } from './given.ts';

describe('--set', () => {
  it('overrides keys of the file, reading YAML', async () => {
    const settings = await load(LEAST, {
      sets: [
        'http.port=0',
        'input.topics=[a, b]',
        'deadLetter.topic=x',
        'deadLetter.includePayload=false',
        'log.level=debug',
      ],
    });
    expect(settings.http.port).toBe(0);
    expect(settings.input.topics).toEqual(['a', 'b']);
    expect(settings.deadLetter).toMatchObject({ topic: 'x', includePayload: false });
    expect(settings.log.level).toBe('debug');
  });

  it('reaches entries of lists, and the last one wins', async () => {
    const sets = ['kafka.brokers[0]=a:1', 'kafka.brokers.1=b:2', 'kafka.brokers[1]=c:3'];
    expect((await load(LEAST, { sets })).kafka.brokers).toEqual(['a:1', 'c:3']);
    expect((await load(LEAST, { sets: ['kafka.brokers=a:1,b:2'] })).kafka.brokers).toEqual([
      'a:1',
      'b:2',
    ]);
  });

  it('makes sections and removes keys', async () => {
    const settings = await load(`${LEAST}\nhttp: { token: t }`, {
      sets: ['kafka.tls.caFile=/ca.pem', 'http.token=null'],
    });
    expect(settings.kafka.tls).toEqual({ caFile: '/ca.pem' });
    expect(settings.http).not.toHaveProperty('token');
  });

  it('keeps the text where the schema wants a text', async () => {
    const sets = [
      'schemaRegistry.username=0123',
      'schemaRegistry.password=true',
      'model.champion=0x2',
    ];
    const settings = await load(LEAST, { sets });
    expect(settings.schemaRegistry).toMatchObject({ username: '0123', password: 'true' });
  });

  it('keeps what YAML made of it where the schema wants no text', async () => {
    const problems = await problemsOf(LEAST, { sets: ['http.port=[1]'] });
    expect(problems).toMatchObject([
      { what: 'must be a number, not a list', where: '--set http.port' },
    ]);
  });

  it('replaces a value whose variable is not set, and may hold variables itself', async () => {
    const yaml = LEAST.replace('localhost:9092', '"${NOT_SET}"');
    expect(
      (await load(yaml, { sets: ['kafka.brokers[0]=${B}'], env: { B: 'b:1' } })).kafka.brokers,
    ).toEqual(['b:1']);
  });

  it('names keys with dots in quotes', async () => {
    const yaml = LEAST.replace('[in]', '[in, a.b]');
    const settings = await load(yaml, { sets: ['input.subject["a.b"]=other'] });
    expect(settings.input.subject).toEqual({ in: ['in-value'], 'a.b': ['other'] });
  });

  it('reports everything at once, by the override and never by its value', async () => {
    const sets = [
      'nonsense',
      'a..b=hunter2',
      'input.topics[7]=hunter2',
      'log.level={hunter2',
      'http.prot=1',
      'http.port=hunter2',
    ];
    const problems = await problemsOf(LEAST, { sets });
    expect(problems.map(({ code, where }) => [code, where])).toEqual([
      ['CONFIG_INVALID', '--set'],
      ['CONFIG_INVALID', '--set a..b'],
      ['CONFIG_INVALID', '--set input.topics[7]'],
      ['CONFIG_SYNTAX', '--set log.level'],
      ['CONFIG_INVALID', '--set http.port'],
      ['CONFIG_INVALID', '--set http.prot'],
    ]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('cannot reach prototypes', async () => {
    expect(
      await problemsOf(LEAST, {
        sets: ['__proto__.polluted=1', 'constructor.prototype.polluted=1'],
      }),
    ).toHaveLength(2);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('a path', () => {
  it.each([['name'], ['decision.bands[0].upTo'], ['input.subject["a.b"]']])(
    '%s reads as it is written',
    (text) => {
      expect(formatPath(parsePath(text)!)).toBe(text);
    },
  );

  it.each([[''], ['.a'], ['a.'], ['a[x]'], ['a b'], ['a["x'], ['[']])('is not %j', (text) => {
    expect(parsePath(text)).toBeUndefined();
  });

  it.each([
    'http.token=',
    'http.token= ',
    'http={token: }',
    'http={token}',
    'schemaRegistry={url: "http://r", username: u, password: }',
    'input.groupId=',
  ])('refuses %s, which an unset variable of a shell leaves', async (set) => {
    const yaml = `${LEAST}\nhttp: { token: t }`;
    const problems = await problemsOf(yaml, { sets: [set] });
    expect(problems).toHaveLength(1);
    expect(problems[0]!.where).toContain(`--set ${set.slice(0, set.indexOf('='))}`);
  });

  it('takes null for what it says', async () => {
    const yaml = `${LEAST}\nhttp: { token: t }`;
    expect((await load(yaml, { sets: ['http.token=~'] })).http).not.toHaveProperty('token');
    expect((await load(yaml, { sets: ['http={token: null, port: 1}'] })).http).not.toHaveProperty(
      'token',
    );
  });
});
