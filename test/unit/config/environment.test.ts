import { loadConfig } from '../../../src/config/load.ts';

const CONFIG = `name: x
kafka: { brokers: ["localhost:1"] }
schemaRegistry: { url: "http://localhost:1" }
input: { topics: [in] }
output: { topic: out }
model: { dir: models }
`;

async function hostOf(
  more: string,
  env: Record<string, string>,
  sets: string[] = [],
): Promise<string> {
  const readFile = (): Promise<string> => Promise.resolve(CONFIG + more);
  return (await loadConfig({ file: 'scorer.yaml', cwd: '/', env, sets, readFile })).settings.http
    .host;
}

describe('where to listen', () => {
  const image = { STREAM_SCORER_HTTP_HOST: '0.0.0.0' };

  it('is this machine alone, unless the environment (an image) says otherwise', async () => {
    expect(await hostOf('', {})).toBe('127.0.0.1');
    expect(await hostOf('', { STREAM_SCORER_HTTP_HOST: '' })).toBe('127.0.0.1');
    expect(await hostOf('', image)).toBe('0.0.0.0');
    expect(await hostOf('http: { port: 1 }', image)).toBe('0.0.0.0');
    expect(await hostOf('http: { host: }', image)).toBe('0.0.0.0');
    expect(await hostOf('http:', image)).toBe('0.0.0.0');
  });

  it('is what the configuration says, where it says so', async () => {
    expect(await hostOf('http: { host: 10.0.0.1 }', image)).toBe('10.0.0.1');
    expect(await hostOf('', image, ['http.host=10.0.0.2'])).toBe('10.0.0.2');
  });

  it('is not asked where the section is no section: that is reported as it is', async () => {
    await expect(hostOf('http: [1]', image)).rejects.toThrow(/http/);
  });
});
