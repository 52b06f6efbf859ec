import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { ScorerError } from '../../../../src/errors.ts';
import { unpack, type ArchiveFormat } from '../../../../src/rollout/sources/unpack.ts';
import { tarOf, zipOf, type ArchiveEntry } from '../../../support/archives.ts';
import { problemsOf } from '../../../support/thrown.ts';

const file = (name: string, text = name): ArchiveEntry => ({ name, bytes: Buffer.from(text) });

const FORMATS: readonly (readonly [
  ArchiveFormat,
  (entries: readonly ArchiveEntry[]) => Promise<Buffer>,
])[] = [
  ['tar', tarOf],
  ['tar.gz', async (entries) => gzipSync(await tarOf(entries))],
  ['zip', async (entries) => zipOf(entries)],
];

describe.each(FORMATS)('an archive, %s', (format, archiveOf) => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'stream-scorer-unpack-')), 'bundle');
    await mkdir(folder);
  });
  afterEach(() => rm(dirname(folder), { recursive: true }));

  async function unpacked(bytes: Buffer, maxBytes = 1_000_000): Promise<readonly string[]> {
    const archive = `${folder}.archive`;
    await writeFile(archive, bytes);
    await unpack(archive, folder, { format, maxBytes, where: 'https://h/a' });
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    return names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort();
  }
  const whatOf = async (entries: readonly ArchiveEntry[], maxBytes?: number) => {
    const archive = await archiveOf(entries);
    const [problem] = await problemsOf(() => unpacked(archive, maxBytes));
    expect(problem).toMatchObject({ code: 'MODEL_ARCHIVE', where: 'https://h/a' });
    return problem!.what.replace('the archive of the model cannot be used: ', '');
  };

  it('has its bundle at the top', async () => {
    const archive = await archiveOf([file('model.yaml'), file('deep/in/weights.bin')]);
    expect(await unpacked(archive)).toEqual(['deep/in/weights.bin', 'model.yaml']);
    expect(await readFile(join(folder, 'model.yaml'), 'utf8')).toBe('model.yaml');
  });

  it('or in one folder', async () => {
    const top = { name: './fraud-3/', as: 'directory' as const };
    const archive = await archiveOf(
      [
        top,
        file(`${format === 'zip' ? '' : './'}fraud-3/model.yaml`),
        file('fraud-3/model.onnx'),
        file('__MACOSX/fraud-3/._model.yaml'),
      ].slice(format === 'zip' ? 1 : 0),
    );
    expect(await unpacked(archive)).toEqual(['model.onnx', 'model.yaml']);
  });

  it.each(['../model.yaml', 'a/../../model.yaml', '/etc/passwd', 'C:/x', 'a\\..\\..\\b', 'a//b'])(
    'writes nothing outside of its folder: %s',
    async (name) => {
      await whatOf([file('model.yaml'), file(name)]);
      expect(await readdir(dirname(folder))).toEqual(['bundle', 'bundle.archive']);
    },
  );

  it.each(['symlink', 'character-device', ...(format === 'zip' ? [] : ['link'])] as const)(
    'has no %s',
    async (as) => {
      expect(await whatOf([file('model.yaml'), { name: 'x', as: as as 'symlink' }])).toBe(
        '"x" in it is neither a file nor a folder',
      );
    },
  );

  it('is not larger than the limit, whatever it says', async () => {
    const bomb = { name: 'model.onnx', bytes: Buffer.alloc(5_000_000) };
    expect(await whatOf([file('model.yaml'), bomb])).toBe('its files have more than 1000000 bytes');
    const many = Array.from({ length: 11 }, (_, i) => file(String(i), 'x'.repeat(100)));
    expect(await whatOf(many, 1000)).toBe('its files have more than 1000 bytes');
  });

  it('has a limited number of files', async () => {
    const many = Array.from({ length: 1001 }, (_, i) => file(String(i), ''));
    expect(await whatOf(many)).toBe('it has more than 1000 entries');
  });

  it('has each file once, and one model.yaml', async () => {
    expect(await whatOf([file('model.yaml'), file('model.yaml')])).toBe(
      '"model.yaml" is in it twice',
    );
  });

  it('has one model.yaml', async () => {
    expect(await whatOf([file('model.onnx')])).toBe('it has no model.yaml');
  });

  it('has one bundle', async () => {
    expect(await whatOf([file('a/model.yaml'), file('b/model.yaml')])).toBe(
      'several of its folders have a model.yaml: a, b',
    );
  });

  it('is unpacked or refused, whatever its bytes are', async () => {
    const whole = await archiveOf([
      file('f/model.yaml', 'yaml '.repeat(50)),
      { name: 'f/model.onnx', bytes: Buffer.alloc(5000, 'onnx') },
    ]);
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
    const damage = fc.record({
      changes: fc.array(change, { minLength: 1, maxLength: 4 }),
      cut: fc.option(fc.nat(whole.length), { nil: whole.length, freq: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ changes, cut }) => {
        await rm(folder, { recursive: true });
        await mkdir(folder);
        const bytes = Buffer.from(whole);
        for (const { at, byte } of changes) bytes[at] = byte;
        try {
          await unpacked(bytes.subarray(0, cut));
        } catch (error) {
          expect((error as ScorerError).code).toBe('MODEL_ARCHIVE');
        }
      }),
      { numRuns: 150 },
    );
    expect(await readdir(dirname(folder))).toEqual(['bundle', 'bundle.archive']);
  });

  it('is an archive', async () => {
    const [problem] = await problemsOf(() => unpacked(Buffer.alloc(2000, 'x')));
    expect(problem?.code).toBe('MODEL_ARCHIVE');
    const whole = await archiveOf([{ name: 'model.yaml', bytes: Buffer.alloc(3000, 'yaml') }]);
    const [cut] = await problemsOf(() => unpacked(whole.subarray(0, whole.length >> 1)));
    expect(cut?.code).toBe('MODEL_ARCHIVE');
  });
});

it('a zip that has more bytes than it says is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-unpack-'));
  const archive = `${folder}.zip`;
  await writeFile(archive, zipOf([file('model.yaml', 'x'.repeat(1000))], 10));
  const options = { format: 'zip', maxBytes: 1_000_000, where: 'x' } as const;
  expect(await problemsOf(() => unpack(archive, folder, options))).toMatchObject([
    { code: 'MODEL_ARCHIVE' },
  ]);
  await rm(folder, { recursive: true });
  await rm(archive);
});
