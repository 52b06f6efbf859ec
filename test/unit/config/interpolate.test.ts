import { LEAST, load, problemsOf } from './given.ts';

const registry = (url: string) => LEAST.replace('http://localhost:8081', url);

describe('variables in the configuration', () => {
  it('come from the environment', async () => {
    const settings = await load(registry('"http://${HOST}:${PORT}"'), {
      env: { HOST: 'registry', PORT: '80' },
    });
    expect(settings.schemaRegistry.url).toBe('http://registry:80');
  });

  it.each([{}, { URL: '' }])('have defaults, for %j', async (env) => {
    const settings = await load(registry('"${URL:-http://elsewhere:81}"'), { env });
    expect(settings.schemaRegistry.url).toBe('http://elsewhere:81');
  });

  it('win over their defaults', async () => {
    const settings = await load(registry('"${URL:-http://elsewhere:81}"'), {
      env: { URL: 'http://here:1' },
    });
    expect(settings.schemaRegistry.url).toBe('http://here:1');
  });

  it('are not looked for in what was put in, nor after $${', async () => {
    const yaml = `${LEAST}\ndecision: { policy: "$\${A} \${B}", bands: [{ decision: "$\${" }] }`;
    const settings = await load(yaml, { env: { A: 'no', B: '${A}' } });
    expect(settings.decision).toEqual({ policy: '${A} ${A}', bands: [{ decision: '${' }] });
  });

  it('name several brokers in one text', async () => {
    const yaml = LEAST.replace('[localhost:9092]', '["${KAFKA_BROKERS:-localhost:9092}", "c:3"]');
    expect((await load(yaml, { env: { KAFKA_BROKERS: 'a:1, b:2' } })).kafka.brokers).toEqual([
      'a:1',
      'b:2',
      'c:3',
    ]);
    expect((await load(yaml)).kafka.brokers).toEqual(['localhost:9092', 'c:3']);
  });

  it('read files relative to the folder of the configuration, without the newline at the end', async () => {
    const yaml = `${LEAST}\nhttp: { token: "\${file:secrets/token}" }`;
    const settings = await load(yaml, { files: { '/app/config/secrets/token': 't0ken\r\n' } });
    expect(settings.http.token).toBe('t0ken');
  });

  it('become numbers and booleans only where the schema wants them', async () => {
    const yaml = `${LEAST}
http: { port: "\${N}" }
deadLetter: { topic: "\${N}", includePayload: "\${NO}" }
decision: { policy: "\${N}", bands: [{ upTo: "\${HALF}", decision: "\${NO}" }, { decision: B }] }
model: { dir: m, champion: "\${N}" }`.replace('model: { dir: models/fraud }', '');
    const settings = await load(yaml, { env: { N: '0123', NO: 'false', HALF: '.5' } });
    expect(settings.http.port).toBe(123);
    expect(settings.deadLetter).toMatchObject({ topic: '0123', includePayload: false });
    expect(settings.decision).toEqual({
      policy: '0123',
      bands: [{ upTo: 0.5, decision: 'false' }, { decision: 'B' }],
    });
    expect(settings.model.champion).toBe('0123');
  });

  it('turn TLS on where a section could stand too', async () => {
    const yaml = LEAST.replace('[localhost:9092]', '[localhost:9092], tls: "${TLS}"');
    expect((await load(yaml, { env: { TLS: 'true' } })).kafka.tls).toBe(true);
    expect((await load(yaml, { env: { TLS: 'false' } })).kafka).not.toHaveProperty('tls');
  });

  it('do not become numbers as a part of a text, nor does a quoted text', async () => {
    expect(
      await problemsOf(`${LEAST}\nhttp: { port: "\${A}\${B}" }`, { env: { A: '80', B: '80' } }),
    ).toMatchObject([
      {
        code: 'CONFIG_INVALID',
        what: 'must be a number, not a string',
        where: 'config/scorer.yaml:8 http.port',
      },
    ]);
    expect(await problemsOf(`${LEAST}\nhttp: { port: "80" }`)).toHaveLength(1);
  });

  it('with an empty default leave the key out', async () => {
    const yaml = LEAST.replace('8081', '8081, username: "${USER:-}", password: "${PASSWORD:-}"');
    expect((await load(yaml)).schemaRegistry).toEqual({
      url: 'http://localhost:8081',
      timeoutMs: 5000,
      unknownIdRetryMs: 30_000,
    });
  });

  it('that cannot be resolved are reported all at once, and nothing else about their keys', async () => {
    const yaml = `
kafka: { brokers: ["\${KAFKA}"] }
schemaRegistry: { url: "http://\${HOST}", password: "\${file:/none}" }
input: { topics: [in] }
output: { topic: "\${EMPTY}" }
model: { dir: "\${model-dir}" }
http: { token: "\${file:/empty}", port: "\${PORT", host: "\${constructor}" }`;
    const problems = await problemsOf(yaml, { env: { EMPTY: '' }, files: { '/empty': '\n' } });
    expect(problems.map(({ code, what, where }) => [code, what, where])).toEqual([
      [
        'CONFIG_VARIABLE',
        'the environment variable KAFKA is not set',
        'config/scorer.yaml:2 kafka.brokers[0]',
      ],
      [
        'CONFIG_VARIABLE',
        'the environment variable HOST is not set',
        'config/scorer.yaml:3 schemaRegistry.url',
      ],
      [
        'CONFIG_VARIABLE',
        'the environment variable EMPTY is empty',
        'config/scorer.yaml:5 output.topic',
      ],
      [
        'CONFIG_VARIABLE',
        expect.stringContaining('not followed by the name of a variable'),
        'config/scorer.yaml:6 model.dir',
      ],
      [
        'CONFIG_VARIABLE',
        expect.stringContaining('not followed by the name of a variable'),
        'config/scorer.yaml:7 http.port',
      ],
      [
        'CONFIG_VARIABLE',
        'the environment variable constructor is not set',
        'config/scorer.yaml:7 http.host',
      ],
      [
        'CONFIG_FILE',
        'the file /none cannot be read (ENOENT)',
        'config/scorer.yaml:3 schemaRegistry.password',
      ],
      ['CONFIG_FILE', 'the file /empty is empty', 'config/scorer.yaml:7 http.token'],
    ]);
  });

  it.each([
    ['an empty variable', '${T}', { T: '' }, 'CONFIG_VARIABLE'],
    ['a part that is empty', 'Bearer ${T}', { T: '' }, 'CONFIG_VARIABLE'],
    ['two empty parts', '${T}${T}', { T: '' }, 'CONFIG_VARIABLE'],
    ['a blank variable', '${T}', { T: ' ' }, 'CONFIG_INVALID'],
    ['an empty file', '${file:empty}', {}, 'CONFIG_FILE'],
    ['a file as a part that is empty', 'x${file:empty}', {}, 'CONFIG_FILE'],
    ['a blank file', '${file:blank}', {}, 'CONFIG_INVALID'],
    ['empty defaults together', '${T:-}${T:-}', {}, 'CONFIG_INVALID'],
    ['an empty text', '', {}, 'CONFIG_INVALID'],
  ])('make no secret of nothing: %s', async (_what, token, env, code) => {
    const files = { '/app/config/empty': '\n', '/app/config/blank': ' \n\t\n' };
    const problems = await problemsOf(`${LEAST}\nhttp: { token: ${JSON.stringify(token)} }`, {
      env,
      files,
    });
    expect(problems.map((problem) => problem.code)).toContain(code);
    for (const { where } of problems) expect(where).toContain('http.token');
  });
});
