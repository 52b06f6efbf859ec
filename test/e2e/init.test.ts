import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { commandHere } from './here.ts';
import type { Ended } from './scorer.ts';
import { World } from './world.ts';
import { sharedStack } from '../support/stack.ts';

const MODELS = resolve('test/models/conformance');
const SCHEMA = join(MODELS, 'event.avsc');
const modelOf = (name: string): string => join(MODELS, name, '1', 'model.onnx');

describe('init', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-init-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (...args: string[]): Promise<Ended> => runIn('.', ...args);

  const runIn = (inside: string, ...args: string[]): Promise<Ended> =>
    commandHere(args, { cwd: join(folder, inside) });

  /** Runs the built program in a folder, as a user would. */
  async function runBuilt(...args: string[]): Promise<Omit<Ended, 'signal'>> {
    const child = spawn(process.execPath, [resolve('dist/main.js'), ...args], { cwd: folder });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return { code, out, err };
  }

  it.each([
    ['sklearn-columns', runBuilt],
    ['sklearn-columns-forest', run],
    ['keras-columns', run],
  ])(
    'drafts what check accepts for %s, whose inputs have the names of fields',
    async (model, init) => {
      const drafted = await init('init', '--model', modelOf(model), '--schema', SCHEMA);
      expect([drafted.err, drafted.code]).toEqual(['', 0]);
      const checked = await run('check', '--offline', '--schema', SCHEMA);
      expect([checked.err, checked.code]).toEqual(['', 0]);
      expect(checked.out).toContain('no problems found');
    },
  );

  it('drafts a matrix without names so that check says what is left', async () => {
    const { code, out } = await run(
      'init',
      '--model',
      modelOf('xgboost-binary'),
      '--schema',
      SCHEMA,
      '--name',
      'risk',
    );
    expect(code).toBe(0);
    expect(out).toContain(
      'TODO the model has 4 columns without names, and the event has 7 number fields',
    );
    expect(await readFile(join(folder, 'models/risk/1/model.yaml'), 'utf8')).toContain(
      '  # TODO the model has 4 columns',
    );
    const checked = await run('check', '--offline', '--schema', SCHEMA);
    expect(checked.code).toBe(2);
    expect(checked.err).toContain('model.yaml lists 7 columns for input, but the model takes 4');
  });

  it('drafts no guess that check takes for the order of columns without names', async () => {
    const schema = join(folder, 'four.avsc');
    const fields = ['a', 'b', 'c', 'd'].map((name) => ({ name, type: 'double' }));
    await writeFile(schema, JSON.stringify({ type: 'record', name: 'Four', fields }));
    await run('init', '--model', modelOf('xgboost-binary'), '--schema', schema, '--name', 'risk');
    const checked = await run('check', '--offline', '--schema', schema);
    expect([checked.code, checked.err]).toEqual([
      2,
      expect.stringContaining('MODEL_INVALID  model.yaml is an unfinished draft'),
    ]);
    const yaml = join(folder, 'models/risk/1/model.yaml');
    await writeFile(yaml, (await readFile(yaml, 'utf8')).replaceAll(/ *#\s*TODO.*/g, ''));
    expect((await run('check', '--offline', '--schema', schema)).code).toBe(0);
  });

  it('takes weights beside the model along, with their checksums', async () => {
    expect(
      (
        await run(
          'init',
          '--model',
          modelOf('torch-dynamic-beside'),
          '--schema',
          SCHEMA,
          '--name',
          'net',
        )
      ).code,
    ).toBe(0);
    const yaml = await readFile(join(folder, 'models/net/1/model.yaml'), 'utf8');
    expect(yaml).toMatch(/files:\n {2}\S+: [0-9a-f]{64}\n/);
    const checked = await run('check', '--offline', '--schema', SCHEMA);
    expect(checked.err).not.toContain('MODEL_NOT_FOUND');
  });

  it('writes into the folder of --dir, where the next step works as it is printed', async () => {
    const { code, out } = await run(
      'init',
      '--model',
      modelOf('sklearn-columns'),
      '--schema',
      SCHEMA,
      '--dir',
      'sub/project',
      '--name',
      'risk',
    );
    expect(code).toBe(0);
    const [, inside, command] = /next: +cd (\S+) && stream-scorer (.*)/.exec(out)!;
    const checked = await runIn(inside!, ...command!.split(' '));
    expect([checked.err, checked.code]).toEqual(['', 0]);
  });

  it('names the output that holds the score', async () => {
    await run('init', '--model', modelOf('sklearn-columns'), '--schema', SCHEMA, '--name', 'risk');
    expect(await readFile(join(folder, 'models/risk/1/model.yaml'), 'utf8')).toMatch(
      /outputs:\n {2}score:\n {4}tensor: \w+/,
    );
  });

  it('overwrites no weights beside an earlier model', async () => {
    const args = [
      'init',
      '--model',
      modelOf('torch-dynamic-beside'),
      '--schema',
      SCHEMA,
      '--name',
      'net',
    ];
    await run(...args);
    const yaml = await readFile(join(folder, 'models/net/1/model.yaml'), 'utf8');
    const weights = join(folder, 'models/net/1', /files:\n {2}(\S+): /.exec(yaml)![1]!);
    for (const file of ['config', 'models/net/1/model.yaml', 'models/net/1/model.onnx'])
      await rm(join(folder, file), { recursive: true });
    await writeFile(weights, 'mine');
    const again = await run(...args);
    expect([again.code, again.err]).toEqual([
      2,
      expect.stringContaining('the file already exists'),
    ]);
    expect(await readFile(weights, 'utf8')).toBe('mine');
  });

  it.each(['../up', 'a/b', '.hidden', ''])(
    'refuses the name "%s", which would lead elsewhere',
    async (name) => {
      await mkdir(join(folder, 'inside'));
      const { code, err } = await runIn(
        'inside',
        'init',
        '--model',
        modelOf('sklearn-columns'),
        '--schema',
        SCHEMA,
        '--name',
        name,
      );
      expect([code, err]).toEqual([2, expect.stringContaining('--name')]);
    },
  );

  it('says where it cannot write', async () => {
    await writeFile(join(folder, 'models'), 'a file where a folder is needed');
    const { code, err } = await run(
      'init',
      '--model',
      modelOf('sklearn-columns'),
      '--schema',
      SCHEMA,
    );
    expect([code, err]).toEqual([2, expect.stringMatching(/^OUTPUT_UNWRITABLE/)]);
  });

  it('reads the schema of a subject, and names the topic after it', async () => {
    const world = await new World(sharedStack()).open();
    try {
      await world.register(JSON.parse(await readFile(SCHEMA, 'utf8')) as object);
      const { code, err } = await run(
        'init',
        '--model',
        modelOf('sklearn-columns'),
        '--subject',
        `${world.input}-value`,
        '--registry',
        world.registryUrl,
      );
      expect([err, code]).toEqual(['', 0]);
      expect(await readFile(join(folder, 'config/scorer.yaml'), 'utf8')).toContain(
        `topics: [${world.input}]`,
      );
      expect(await readFile(join(folder, 'config/scorer.yaml'), 'utf8')).toContain(
        `:-${world.registryUrl}}`,
      );
    } finally {
      await world.close();
    }
  });

  it('overwrites nothing, unless it is told to', async () => {
    const args = ['init', '--model', modelOf('sklearn-columns'), '--schema', SCHEMA];
    await run(...args);
    await writeFile(join(folder, 'config/scorer.yaml'), 'mine');
    const again = await run(...args, '--name', 'other');
    expect(again.code).toBe(2);
    expect(again.err).toContain('the file already exists');
    expect(await readFile(join(folder, 'config/scorer.yaml'), 'utf8')).toBe('mine');
    expect((await run(...args, '--force')).code).toBe(0);
    expect(await readFile(join(folder, 'config/scorer.yaml'), 'utf8')).toContain('Drafted');
  });

  it('says everything that is wrong at once', async () => {
    const { code, err } = await run(
      'init',
      '--model',
      'nowhere.onnx',
      '--schema',
      'nowhere.avsc',
      '--name',
      'a/b',
    );
    expect(code).toBe(2);
    for (const each of ['MODEL_UNREADABLE', 'nowhere.avsc', '--name']) expect(err).toContain(each);
  });

  it.each([
    ['a model that is none', ['--model', SCHEMA, '--schema', SCHEMA], 'MODEL_UNREADABLE'],
    [
      'a model that is not there',
      ['--model', 'nowhere.onnx', '--schema', SCHEMA],
      'MODEL_UNREADABLE',
    ],
    [
      'a model with an operator that is nobody’s',
      ['--model', resolve('test/models/data/custom.onnx'), '--schema', SCHEMA],
      'MODEL_OPERATOR',
    ],
    [
      'a schema that is none',
      ['--model', modelOf('sklearn-columns'), '--schema', modelOf('sklearn-columns')],
      'INPUT_INVALID',
    ],
    [
      'no schema at all',
      ['--model', modelOf('sklearn-columns')],
      'the schema of the events is not given',
    ],
    [
      'a registry that is away',
      ['--model', modelOf('sklearn-columns'), '--subject', 'x', '--registry', 'http://127.0.0.1:1'],
      'REGISTRY_UNREACHABLE',
    ],
  ])('refuses %s in one block, and writes nothing', async (_what, args, message) => {
    const { code, err } = await run('init', ...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    await expect(readFile(join(folder, 'config/scorer.yaml'))).rejects.toThrow('ENOENT');
  });
});
