import { mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Scorer, type Ended } from './scorer.ts';
import { EVENT_SCHEMA } from './world.ts';

const CONFIG = `name: test
kafka: { brokers: ["127.0.0.1:1"] }
schemaRegistry: { url: "http://127.0.0.1:1" }
input: { topics: [events] }
output: { topic: scores, carry: [id] }
deadLetter: { topic: dead }
batch: { maxSize: 3 }
model: { dir: ${resolve('test/e2e/bundle')} }
decision:
  policy: p1
  bands: [{ upTo: 0.6, decision: APPROVE }, { decision: REJECT }]
`;
const GOOD = '{"id": "a", "amount": 1, "count": 2, "history": {"risk": 0.5}}';

describe('score, with the built program', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-score-'));
    await writeFile(join(folder, 'event.avsc'), JSON.stringify(EVENT_SCHEMA));
  });

  const score = async (input: string, ...flags: string[]): Promise<Ended> => {
    const files = ['--input', join(folder, input), '--output', join(folder, 'out.jsonl')];
    const schema = ['--schema', join(folder, 'event.avsc')];
    return (await Scorer.start(CONFIG, ['score', ...files, ...schema, ...flags])).ended;
  };
  const written = async (): Promise<Record<string, unknown>[]> =>
    (await readFile(join(folder, 'out.jsonl'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('scores good lines in order over several batches, and tells of bad ones without their values', async () => {
    const unknown = GOOD.replace('"id"', '"secretly": 5, "id"');
    const dead = '{"id": "n", "amount": 1, "history": {"risk": null}}';
    const lines = [GOOD, '{"id": "SECRET', unknown, GOOD, '', GOOD, dead, GOOD];
    await writeFile(join(folder, 'in.jsonl'), `${lines.join('\n')}\n`);
    const { code, err } = await score('in.jsonl');
    expect({ code, err }).toMatchObject({ code: 0 });
    const records = await written();
    expect(records.map(({ source }) => source)).toEqual(
      [0, 3, 5, 7].map((offset) => ({ topic: 'in.jsonl', partition: 0, offset })),
    );
    expect(records[0]!['score']).toBeCloseTo(0.7310585786300049, 6);
    expect(records[0]).toMatchObject({
      decision: 'REJECT',
      policy: 'p1',
      event: { id: 'a' },
    });
    expect(err).toContain('line 2: INPUT_INVALID  the line is not JSON');
    expect(err).toContain('line 3: INPUT_INVALID  secretly is not in the schema');
    expect(err).toMatch(/line 7: \w+ {2}.*history\.risk/);
    expect(err).toContain('4 scored, 3 not');
    expect(err).not.toContain('SECRET');
    expect((await score('in.jsonl', '--strict')).code).toBe(1);
  });

  it('makes an empty file of an empty file', async () => {
    await writeFile(join(folder, 'in.jsonl'), '');
    expect((await score('in.jsonl')).code).toBe(0);
    expect(await written()).toEqual([]);
  });

  it('refuses a file that is not there, another format, and to write over its input, with 2', async () => {
    const refuses = async (input: string, why: string): Promise<void> => {
      const { code, err } = await score(input);
      expect(code).toBe(2);
      expect(err).toContain(why);
    };
    await refuses('nowhere.jsonl', 'INPUT_INVALID');
    await refuses('in.csv', 'only .jsonl');
    await writeFile(join(folder, 'out.jsonl'), GOOD);
    await symlink(join(folder, 'out.jsonl'), join(folder, 'link.jsonl'));
    for (const same of ['out.jsonl', 'link.jsonl']) {
      await refuses(same, 'the same file');
    }
    expect(await readFile(join(folder, 'out.jsonl'), 'utf8')).toBe(GOOD);
  });
});
