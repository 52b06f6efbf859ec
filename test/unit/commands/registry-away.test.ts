import { errorWords } from '../../../src/runtime/error-words.ts';
import { readersOf } from '../../../src/commands/check-examine.ts';
import type { Settings } from '../../../src/config/settings.ts';

it('says, where the registry is away, that the schema of the events may be a file', async () => {
  const schemaRegistry = { url: 'http://127.0.0.1:1', timeoutMs: 1000, unknownIdRetryMs: 0 };
  const settings = {
    schemaRegistry,
    input: { topics: ['in'], subject: { in: ['in-value'] } },
  } as unknown as Settings;
  const { problems } = await readersOf(settings, {}, '.')(settings);
  expect(problems.map(({ code }) => code)).toEqual(['REGISTRY_UNREACHABLE']);
  expect(problems[0]!.remedy).toMatch(
    /^Check schemaRegistry\.url, .* Or pass a file .*: --schema FILE\.$/,
  );
});

it('says in one line what OpenSSL has against a connection', () => {
  const message =
    '40FD:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:rec_layer_s3.c:918:\n';
  const error = Object.assign(new Error(message), { reason: 'tlsv13 alert certificate required' });
  expect(errorWords(error)).toBe('TLS: tlsv13 alert certificate required');
});
