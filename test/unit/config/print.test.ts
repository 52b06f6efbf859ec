import { printSettings } from '../../../src/config/print.ts';
import { LEAST, load } from './given.ts';

const SASL = {
  plain: '{ mechanism: plain, username: open-user, password: hidden1 }',
  token: '{ mechanism: oauthbearer, token: hidden1 }',
  fetched:
    '{ mechanism: oauthbearer, tokenEndpoint: "https://idp", clientId: open-user, clientSecret: hidden1 }',
  aws: '{ mechanism: aws, authorizationIdentity: i, accessKeyId: open-user, secretAccessKey: hidden1, sessionToken: hidden2 }',
};

describe('the printed configuration', () => {
  it('is the effective one, and could be a configuration itself', async () => {
    const settings = await load(
      `${LEAST}\ndecision: { policy: 7, bands: [{ upTo: 0.5, decision: A }, { decision: "1" }] }`,
    );
    const printed = printSettings(settings);
    expect(printed).toContain('maxSize: 1024');
    expect(await load(printed)).toEqual(settings);
  });

  it.each(Object.entries(SASL))('masks secrets of sasl %s', async (_, sasl) => {
    const yaml = LEAST.replace('[localhost:9092]', `[localhost:9092], sasl: ${sasl}`);
    const printed = printSettings(await load(yaml));
    expect(printed).not.toContain('hidden');
    expect(printed).toContain('"***"');
    if (sasl.includes('open-user')) expect(printed).toContain('open-user');
  });

  it('masks the password of the registry and the HTTP token', async () => {
    const yaml = `${LEAST.replace('8081', '8081, username: open-user, password: hidden1')}\nhttp: { token: hidden2 }`;
    const printed = printSettings(await load(yaml));
    expect(printed).not.toContain('hidden');
    expect(printed).toContain('open-user');
    expect(printed.match(/\*\*\*/g)).toHaveLength(2);
  });
});
