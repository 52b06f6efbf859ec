import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { folderVersions } from '../../src/compose/folder-versions.ts';
import { sourceVersions } from '../../src/compose/source-versions.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { VersionStore } from '../../src/rollout/version-store.ts';
import { tarOf, zipOf, type ArchiveEntry } from '../support/archives.ts';
import {
  fakeS3,
  motoPython,
  motoS3,
  S3_KEY,
  S3_REGION,
  S3_SECRET,
  type S3Server,
} from '../support/s3-server.ts';
import { SwitchableServer } from '../support/switchable-server.ts';
import { problemsOf } from '../support/thrown.ts';

const BUNDLE = resolve('test/e2e/bundle/1');
const FILES = ['model.yaml', 'model.onnx', 'golden.jsonl'];

/** A store with the versions 9 and 10 of the small bundle. */
interface World {
  readonly store: VersionStore;
  close(): Promise<void>;
}

const entries = (): Promise<readonly ArchiveEntry[]> =>
  Promise.all(FILES.map(async (name) => ({ name, bytes: await readFile(join(BUNDLE, name)) })));
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function storeOf(dir: string, source: string, more: Partial<Settings['model']>) {
  const model = {
    cacheDir: dir,
    keepCached: 10,
    keepWarm: 1,
    sourceTimeoutMs: 60_000,
    maxBundleBytes: 1 << 20,
    ...more,
  };
  return sourceVersions(model as Settings['model'], source, {});
}

async function folderWorld(dir: string): Promise<World> {
  for (const version of ['9', '10']) await cp(BUNDLE, join(dir, version), { recursive: true });
  return { store: folderVersions(dir), close: () => Promise.resolve() };
}

/** Archives on a web server; each version's differs, as its files are at another time. */
const webWorld = (end: string, archiveOf: (name: string) => Promise<Buffer>) => {
  return async (dir: string): Promise<World> => {
    const files = new Map<string, Buffer>();
    for (const version of ['9', '10'])
      files.set(`/fraud-${version}${end}`, await archiveOf(version));
    const server = await new SwitchableServer((request, response) => {
      const bytes = files.get(request.url!);
      response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
    }).start();
    const pins = Object.fromEntries(
      ['9', '10'].map((version) => [version, sha256(files.get(`/fraud-${version}${end}`)!)]),
    );
    const store = await storeOf(dir, `${server.url}/fraud-{version}${end}`, { sha256: pins });
    return { store, close: () => server.stop() };
  };
};

async function yamlWorld(dir: string): Promise<World> {
  const server = await new SwitchableServer((request, response) => {
    const [, name] = /^\/(?:9|10)\/([\w.]+)$/.exec(request.url!) ?? [];
    readFile(join(BUNDLE, name ?? 'none')).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  }).start();
  const pin = sha256(await readFile(join(BUNDLE, 'model.yaml')));
  const pins = { '9': pin, '10': pin };
  const store = await storeOf(dir, `${server.url}/{version}/model.yaml`, { sha256: pins });
  return { store, close: () => server.stop() };
}

const s3World = (start: () => Promise<S3Server>) => {
  return async (dir: string): Promise<World> => {
    const before = { ...process.env };
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: S3_KEY, AWS_SECRET_ACCESS_KEY: S3_SECRET });
    const server = await start();
    const pins: Record<string, string> = {};
    for (const version of ['9', '10']) {
      const archive = zipOf([...(await entries()), { name: version }]);
      await server.put(`fraud/v ${version}.zip`, archive);
      pins[version] = sha256(archive);
    }
    const s3 = { endpoint: server.url, region: S3_REGION, pathStyle: true };
    const address = `s3://${server.bucket}/fraud/v {version}.zip`;
    const store = await storeOf(dir, address, { sha256: pins, s3 });
    return {
      store,
      close: async () => {
        process.env = before;
        await server.stop();
      },
    };
  };
};

const python = motoPython();
const WORLDS: readonly (readonly [string, (dir: string) => Promise<World>])[] = [
  ['a folder', folderWorld],
  [
    'tar.gz archives on the web',
    webWorld('.tar.gz', async (name) => gzipSync(await tarOf([...(await entries()), { name }]))),
  ],
  [
    'zip archives on the web',
    webWorld('.zip', async (name) => zipOf([...(await entries()), { name }])),
  ],
  ['a model.yaml on the web', yamlWorld],
  ['a store of our own that checks signatures', s3World(fakeS3)],
  ...(python === undefined ? [] : [['moto', s3World(() => motoS3(python))] as const]),
];

describe.each(WORLDS)('versions from %s', (_name, open) => {
  let dir: string;
  let world: World;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'stream-scorer-store-'));
    world = await open(dir);
  });
  afterEach(async () => {
    await world.close();
    await rm(dir, { recursive: true });
  });

  it('are found by name, and the latest by natural order', async () => {
    expect((await world.store.find('9')).version).toBe('9');
    expect((await world.store.find('latest')).version).toBe('10');
    expect(await world.store.find('latest')).toEqual(await world.store.find('10'));
  });

  it('are fetched with all of their files', async () => {
    const found = await world.store.find('9');
    const folder = await world.store.fetch(found);
    for (const name of FILES)
      expect(await readFile(join(folder, name))).toEqual(await readFile(join(BUNDLE, name)));
    expect(await world.store.fetch(found)).toBe(folder);
  });

  it('do not exist under another name', async () => {
    expect(await problemsOf(() => world.store.find('8'))).toMatchObject([
      { code: 'MODEL_NOT_FOUND' },
    ]);
  });
});
