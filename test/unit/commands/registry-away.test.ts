import { readersOf } from '../../../src/commands/check-examine.ts';
import type { Settings } from '../../../src/config/settings.ts';

it('says, where the registry is away, that the schema of the events may be a file', async () => {
  const schemaRegistry = { url: 'http://127.0.0.1:1', timeoutMs: 1000, unknownIdRetryMs: 0 };
  const settings = { schemaRegistry, input: { topics: ['in'], subject: { in: ['in-value'] } } } as unknown as Settings;
  const { problems } = await readersOf(settings, {}, '.')(settings);
  expect(problems.map(({ code }) => code)).toEqual(['REGISTRY_UNREACHABLE']);
  expect(problems[0]!.remedy).toMatch(/^Check schemaRegistry\.url, .* Or name a file .*: --schema FILE\.$/);
});
