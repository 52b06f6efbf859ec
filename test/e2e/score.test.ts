import avro from 'avsc';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { configuredHere } from './here.ts';
import type { Ended } from './scorer.ts';
import { eventually } from '../support/eventually.ts';
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

describe('score', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-score-'));
    await writeFile(join(folder, 'event.avsc'), JSON.stringify(EVENT_SCHEMA));
  });

  const score = async (input: string, ...flags: string[]): Promise<Ended> => {
    const files = ['--input', join(folder, input), '--output', join(folder, 'out.jsonl')];
    const schema = ['--schema', join(folder, 'event.avsc')];
    return configuredHere(CONFIG, ['score', ...files, ...schema, ...flags]);
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
    await refuses('in.csv', 'only .jsonl and .avro');
    await writeFile(join(folder, 'out.jsonl'), GOOD);
    await symlink(join(folder, 'out.jsonl'), join(folder, 'link.jsonl'));
    for (const same of ['out.jsonl', 'link.jsonl']) {
      await refuses(same, 'the same file');
    }
    await symlink(folder, join(folder, 'link'));
    const through = await run('out.jsonl', 'link/out.jsonl');
    expect(through.code).toBe(2);
    expect(through.err).toContain('the same file');
    expect(await readFile(join(folder, 'out.jsonl'), 'utf8')).toBe(GOOD);
  });

  it('replaces nothing behind a link, and tells which file to name', async () => {
    await writeFile(join(folder, 'in.jsonl'), GOOD);
    await writeFile(join(folder, 'precious.txt'), 'precious');
    await symlink(join(folder, 'precious.txt'), join(folder, 'out.jsonl'));
    const { code, err } = await score('in.jsonl');
    expect(code).toBe(2);
    expect(err).toContain('the output is a symbolic link');
    expect(err).toContain('precious.txt');
    expect(await readFile(join(folder, 'precious.txt'), 'utf8')).toBe('precious');
  });

  const run = async (input: string, output: string, ...flags: string[]): Promise<Ended> => {
    const files = ['--input', join(folder, input), '--output', join(folder, output)];
    return configuredHere(CONFIG, [
      'score',
      ...files,
      '--schema',
      join(folder, 'event.avsc'),
      ...flags,
    ]);
  };
  /**
   * A container of a writer that knows nothing of `tags` and `extra`, written by another library.
   */
  const container = async (
    name: string,
    count: number,
    codec: 'null' | 'deflate',
  ): Promise<void> => {
    const fields = EVENT_SCHEMA.fields.filter(
      (field) => field.name !== 'tags' && field.name !== 'extra',
    );
    const encoder = new avro.streams.BlockEncoder({ ...EVENT_SCHEMA, fields } as never, { codec });
    const parts: Buffer[] = [];
    encoder.on('data', (part: Buffer) => parts.push(part));
    for (let i = 0; i < count; i++)
      encoder.write({ id: `e${i}`, amount: 1 + i, count: 2, history: { risk: 0.5 }, next: null });
    encoder.end();
    await once(encoder, 'end');
    await writeFile(join(folder, name), Buffer.concat(parts));
  };

  it.each(['null', 'deflate'] as const)(
    'reads a container (%s) by its own schema, and writes one',
    async (codec) => {
      await container('in.avro', 40, codec);
      const { code, err } = await run('in.avro', 'scores.avro');
      expect({ code, err }).toMatchObject({ code: 0 });
      const scores: { score: number; event: { id: string }; source: { offset: number } }[] = [];
      const decoder = avro.createFileDecoder(join(folder, 'scores.avro'));
      for await (const record of decoder) scores.push(record as (typeof scores)[0]);
      expect(scores.map(({ event, source }) => [event.id, source.offset])).toEqual(
        Array.from({ length: 40 }, (_, i) => [`e${i}`, i]),
      );
      expect(scores[0]!.score).toBeCloseTo(0.7310585786300049, 6);
    },
  );

  it('refuses a truncated container with 2 and leaves the output of before and no other file', async () => {
    await container('in.avro', 40, 'null');
    const whole = await readFile(join(folder, 'in.avro'));
    await writeFile(join(folder, 'in.avro'), whole.subarray(0, -1));
    await writeFile(join(folder, 'out.jsonl'), 'before');
    const { code, err } = await run('in.avro', 'out.jsonl');
    expect(code).toBe(2);
    expect(err).toContain('truncated');
    expect(await readFile(join(folder, 'out.jsonl'), 'utf8')).toBe('before');
    expect((await readdir(folder)).sort()).toEqual(['event.avsc', 'in.avro', 'out.jsonl']);
  });

  it('refuses a container with a corrupt record in a block that is whole, with 2 and without an output', async () => {
    await container('in.avro', 40, 'null');
    const bytes = await readFile(join(folder, 'in.avro'));
    bytes[bytes.indexOf('e20') - 1] = 0x7e; // the length of the text: 63 instead of 3
    await writeFile(join(folder, 'in.avro'), bytes);
    const { code, err } = await run('in.avro', 'out.jsonl');
    expect({ code, err }).toMatchObject({ code: 2 });
    expect(err).toMatch(/^INPUT_INVALID/m);
    expect((await readdir(folder)).sort()).toEqual(['event.avsc', 'in.avro']);
  });

  it('writes dead letters to a file without values, and counts them by code', async () => {
    const lines = [GOOD, '{"id": "SECRET', '{"id": "n", "amount": 1, "history": {"risk": null}}'];
    await writeFile(join(folder, 'in.jsonl'), lines.join('\n'));
    const { code, err } = await run(
      'in.jsonl',
      'out.jsonl',
      '--dead-letters',
      join(folder, 'dead.jsonl'),
    );
    expect(code).toBe(0);
    const text = await readFile(join(folder, 'dead.jsonl'), 'utf8');
    const letters = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(letters).toMatchObject([
      { index: 1, stage: 'decode', code: 'INPUT_INVALID' },
      { index: 2, stage: 'map' },
    ]);
    expect(text + err).not.toContain('SECRET');
    expect(err).toContain('1 scored, 2 not\n');
    expect(err).toContain('INPUT_INVALID  1\n');
    expect(err).not.toContain('line 2');
  });

  it('tells of ten bad lines at most where there is no file for them', async () => {
    await writeFile(join(folder, 'in.jsonl'), 'bad\n'.repeat(30));
    const { err } = await run('in.jsonl', 'out.jsonl');
    expect(err.match(/^line /gm)).toHaveLength(10);
    expect(err).toContain('INPUT_INVALID  30\n');
    expect(err).not.toContain('\r');
  });

  it('refuses folders, as input and in place of the output, and one that is not there, with 2', async () => {
    await mkdir(join(folder, 'folder.jsonl'));
    await writeFile(join(folder, 'in.jsonl'), GOOD);
    for (const [input, output, what] of [
      ['folder.jsonl', 'out.jsonl', 'the input is a folder'],
      ['in.jsonl', 'folder.jsonl', 'the output is a folder'],
      ['in.jsonl', 'nowhere/out.jsonl', 'OUTPUT_UNWRITABLE'],
    ] as const) {
      const { code, err } = await run(input, output);
      expect({ code, err }).toMatchObject({ code: 2 });
      expect(err).toContain(what);
    }
  });

  const piped = async () => {
    const config = join(folder, 'scorer.yaml');
    await writeFile(config, CONFIG);
    return (output: string, ...more: string[]) =>
      spawn(process.execPath, [
        'dist/main.js',
        'score',
        '--input',
        '-',
        '--output',
        output,
        '--config',
        config,
        '--schema',
        join(folder, 'event.avsc'),
        ...more,
      ]);
  };

  it('takes stdin and gives stdout', async () => {
    const child = (await piped())('-');
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stdin.end(`${GOOD}\n${GOOD}`);
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    const sources = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { source: object }).source);
    expect(sources).toEqual([0, 1].map((offset) => ({ topic: 'stdin', partition: 0, offset })));
  });

  it('ends quietly where nobody reads its stdout any more', async () => {
    const child = (await piped())('-');
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.stdin.on('error', () => undefined); // it may have ended before all was written
    child.stdout.destroy();
    child.stdin.end(`${GOOD}\n`.repeat(5000));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, err]).toEqual([141, '']);
  });

  it.each([
    ['score', '--input', 'in.jsonl', '--output', '-', '--schema', 'event.avsc'],
    ['check', '--print'],
  ])('says in a sentence that stdout has no room left: %s', async (...args) => {
    await writeFile(join(folder, 'in.jsonl'), GOOD);
    await writeFile(join(folder, 'scorer.yaml'), CONFIG);
    const full = await open('/dev/full', 'w');
    const child = spawn(
      process.execPath,
      [resolve('dist/main.js'), ...args, '--config', 'scorer.yaml'],
      { cwd: folder, stdio: ['ignore', full.fd, 'pipe'] },
    );
    let err = '';
    child.stderr!.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    await full.close();
    expect(code).toBe(2);
    expect(err).toMatch(
      /^OUTPUT_UNWRITABLE {2}the output cannot be written \(ENOSPC\)\n {2}where {3}stdout\n {2}remedy .*\n$/,
    );
  });

  it('takes dead letters on stdout, but not beside the scores', async () => {
    await writeFile(join(folder, 'in.jsonl'), 'bad');
    const { code, out } = await run('in.jsonl', 'out.jsonl', '--dead-letters', '-');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ index: 0, code: 'INPUT_INVALID' });
    const child = (await piped())('-', '--dead-letters', '-');
    child.stdin.end();
    expect(await once(child, 'close')).toEqual([2, null]);
  });

  it('takes and gives containers there as well', async () => {
    await container('in.avro', 40, 'null');
    const child = (await piped())('-', '--format', 'avro');
    const parts: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => parts.push(chunk));
    child.stdin.end(await readFile(join(folder, 'in.avro')));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    await writeFile(join(folder, 'scores.avro'), Buffer.concat(parts));
    const offsets: number[] = [];
    for await (const record of avro.createFileDecoder(join(folder, 'scores.avro')))
      offsets.push((record as { source: { offset: number } }).source.offset);
    expect(offsets).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it with %d and leaves no file', async (signal, expected) => {
    const child = (await piped())(join(folder, 'out.jsonl'));
    child.stdin.write(`${GOOD}\n`);
    await eventually(
      () => readdir(folder),
      (files) => files.some((file) => file.endsWith('.partial')),
    );
    child.kill(signal);
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(expected);
    expect((await readdir(folder)).filter((file) => file.startsWith('out'))).toEqual([]);
  });
});
