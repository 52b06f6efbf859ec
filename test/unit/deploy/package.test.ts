import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

const { engines, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  engines: { node: string };
  bin: Record<string, string>;
};

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-scorer-pack-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  // Without the build that comes before a real pack: what dist/ holds is the build's business.
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [Packed];
  const paths = packed.files.map(({ path }) => path);

  it.each([
    'README.md',
    'LICENSE',
    'bin/stream-scorer.cjs',
    'bin/start.cjs',
    'bin/prune-platforms.cjs',
    'config/scorer.yaml',
    'config/scorer.schema.json',
    'models/fraud/1/model.onnx',
    'models/fraud/1/model.yaml',
    'models/fraud/1/golden.jsonl',
    'stack/pom.xml',
    'docs/features.md',
  ])('has %s, which the program, the demo or a reader needs', (path) => {
    expect(paths).toContain(path);
  });

  it('has nothing else', () => {
    const known =
      /^(README\.md|LICENSE|package\.json|(bin|dist|config|models\/fraud|stack|docs)\/.*)$/;
    expect(paths.filter((path) => !known.test(path))).toEqual([]);
    expect(paths.filter((path) => path.endsWith('.map'))).toEqual([]);
  });

  it('starts by a file that may be executed', () => {
    const command = packed.files.find(({ path }) => path === bin['stream-scorer']);
    expect(command!.mode & 0o111).not.toBe(0);
  });

  it('runs, unpacked elsewhere, beside the packages that an install brings', () => {
    expect(packed.filename).toBe('stream-scorer-0.1.0.tgz');
    execFileSync('tar', ['-xzf', packed.filename], { cwd: folder });
    symlinkSync(resolve('node_modules'), join(folder, 'package', 'node_modules'));
    const command = join(folder, 'package', bin['stream-scorer']!);
    const { stdout, status } = spawnSync(process.execPath, [command, '--help'], {
      encoding: 'utf8',
      cwd: folder,
    });
    expect(stdout).toContain('Usage: stream-scorer');
    expect(status).toBe(0);
  });
});

describe('the command', () => {
  const text = readFileSync(bin['stream-scorer']!, 'utf8');

  it('wants the Node that package.json wants', () => {
    const [major, minor] = /needed = \[(\d+), (\d+)\]/.exec(text)!.slice(1);
    expect(engines.node).toBe(`>=${major}.${minor}`);
  });

  it('tells a Node that is too old what it needs, in a syntax that it reads', () => {
    // As of ECMAScript 5: nothing that a Node of any age would stumble over before the sentence.
    expect(
      text
        .split('\n')
        .filter((line) => !/^\s*(\/\/|#!)/.test(line))
        .join('\n'),
    ).not.toMatch(/\b(let|const|import|async|class)\b|=>|`/);
    const script = `Object.defineProperty(process, 'versions', { value: { node: '18.20.4' } }); require(${JSON.stringify(resolve(bin['stream-scorer']!))})`;
    const { status, stderr } = spawnSync(process.execPath, ['--eval', script], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain(
      `stream-scorer needs Node ${engines.node.slice(2)} or later, and this is Node 18.20.4`,
    );
  });
});

describe('prune-platforms', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-scorer-prune-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const runtime = join(folder, 'node_modules', 'onnxruntime-node');
  const prune = (platforms: string[]): { status: number | null; left: string[] } => {
    rmSync(runtime, { recursive: true, force: true });
    mkdirSync(join(runtime, 'dist'), { recursive: true });
    writeFileSync(join(runtime, 'package.json'), '{"main": "dist/index.js"}');
    writeFileSync(join(runtime, 'dist', 'index.js'), '');
    for (const platform of platforms)
      mkdirSync(join(runtime, 'bin', 'napi-v6', platform), { recursive: true });
    cpSync('bin/prune-platforms.cjs', join(folder, 'prune.cjs'));
    const { status } = spawnSync(process.execPath, [join(folder, 'prune.cjs')], {
      stdio: 'ignore',
    });
    const left = readdirSync(join(runtime, 'bin', 'napi-v6'), { recursive: true }).map(String);
    return { status, left: left.filter((path) => path.includes('/')) };
  };
  const own = `${process.platform}/${process.arch}`;

  it('leaves this platform alone', () => {
    expect(prune([own, 'win32/other', 'linux/other'])).toEqual({ status: 0, left: [own] });
  });

  it('removes nothing where this platform is not among them', () => {
    const { status, left } = prune(['win32/other', 'linux/other']);
    expect(status).not.toBe(0);
    expect(left.sort()).toEqual(['linux/other', 'win32/other']);
  });
});
