import { existsSync, readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { copiedFromContext, readDockerfile, saidBy } from './dockerfile.ts';
import { readDockerignore } from './dockerignore.ts';

// No Docker engine is needed: this reads the file, it does not build the image.
const stages = readDockerfile('deploy/Dockerfile');
const runtime = stages.at(-1)!;

describe('deploy/Dockerfile', () => {
  it('has a stage that builds, one that installs what the program needs, and a last one that takes from both', () => {
    expect(stages.map(({ name }) => name)).toEqual(['build', 'dependencies', 'runtime']);
    const from = saidBy(runtime, 'COPY').flatMap((rest) => /^--from=(\S+)/.exec(rest)?.[1] ?? []);
    expect(new Set(from)).toEqual(new Set(['build', 'dependencies']));
  });

  it('runs on glibc, for ONNX Runtime, and on the Node major of package.json, in every stage', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    const major = devDependencies['node']!.split('.')[0]!;
    for (const { image } of stages) expect(image).toBe(`node:${major}-bookworm-slim`);
  });

  it.each(stages.flatMap(copiedFromContext))(
    'copies %s, which exists and is not kept out by .dockerignore',
    (path) => {
      expect(existsSync(path)).toBe(true);
      expect(readDockerignore('.dockerignore')(path)).toBe(false);
    },
  );

  it.each([
    '.env',
    '.git/config',
    'node_modules/avsc/package.json',
    'test/support/stack.ts',
    'models/x/__pycache__/y',
  ])('cannot copy %s', (path) => {
    expect(readDockerignore('.dockerignore')(path)).toBe(true);
  });

  it('installs exactly what the lock file names, and nothing for development in the last image', () => {
    for (const stage of stages.slice(0, 2))
      expect(saidBy(stage, 'RUN').join('\n')).toMatch(/^npm ci\b/m);
    expect(saidBy(stages[1]!, 'RUN').join('\n')).toContain('npm ci --omit=dev');
    expect(saidBy(runtime, 'RUN')).toEqual([]);
  });

  it('keeps ONNX Runtime from fetching at build time', () => {
    for (const stage of stages.slice(0, 2))
      expect(saidBy(stage, 'ENV')).toContain('ONNXRUNTIME_NODE_INSTALL=skip');
  });

  it('keeps ONNX Runtime from reporting to its maker', () => {
    expect(saidBy(runtime, 'ENV').join(' ')).toContain('ORT_DISABLE_TELEMETRY=1');
  });

  it('listens where a published port arrives', () => {
    expect(saidBy(runtime, 'ENV').join(' ')).toContain('STREAM_SCORER_HTTP_HOST=0.0.0.0');
    expect(readFileSync('config/scorer.yaml', 'utf8')).not.toMatch(/^ +host:/m);
  });

  it('has the program on its PATH', () => {
    expect(saidBy(runtime, 'ENV').join(' ')).toContain('PATH=/app/node_modules/.bin:');
    expect(saidBy(stages[1]!, 'RUN').join(' ')).toContain(
      'ln -s ../../bin/stream-scorer.cjs node_modules/.bin/stream-scorer',
    );
  });

  it('leaves maps and the libraries of other platforms out', () => {
    expect(saidBy(stages[0]!, 'RUN').join(' ')).toContain("find dist -name '*.map' -delete");
    expect(saidBy(stages[1]!, 'RUN').join(' ')).toMatch(
      /node bin\/prune-platforms\.cjs .*'\*\.map'/,
    );
  });

  it('runs as a user, named by number, who is not root', () => {
    expect(saidBy(runtime, 'USER').at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('starts the program that package.json names, in exec form, so that signals reach it', () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      bin: Record<string, string>;
    };
    expect(JSON.parse(saidBy(runtime, 'ENTRYPOINT')[0]!)).toEqual(['node', bin['stream-scorer']]);
    expect(JSON.parse(saidBy(runtime, 'CMD')[0]!)).toEqual(['run']);
  });

  it('is alive when /livez says so, asked with what the image has', () => {
    const check = saidBy(runtime, 'HEALTHCHECK')[0]!;
    const [command, flag, script] = JSON.parse(check.slice(check.indexOf('['))) as string[];
    expect([command, flag]).toEqual(['node', '-e']);
    expect(script).toContain('/livez');
    expect(() => new Script(script!)).not.toThrow();
  });
});
