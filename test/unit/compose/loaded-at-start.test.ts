import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What a program loads before it does anything: imports of values, at the top of a file. */
const STATIC = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;

/** The packages that a file of src/ loads with all that it imports. */
function packagesOf(...files: readonly string[]): string[] {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, name] of readFileSync(file, 'utf8').matchAll(STATIC)) {
      if (name!.startsWith('.')) visit(resolve(dirname(file), name!));
      else packages.add(name!);
    }
  };
  for (const file of files) visit(resolve('src', file));
  return [...packages].sort();
}

const builtIn = (name: string): boolean => name.startsWith('node:');
const from = (...files: readonly string[]): string[] =>
  packagesOf(...files).filter((name) => !builtIn(name));

// Each of these takes up to a tenth of a second to load, and who waits is a person, or the model.
it('the program itself loads nothing but what reads its arguments', () => {
  expect(from('main.ts', 'infer/worker-fork.ts')).toEqual(['commander']);
});

it('a process that opens a model loads the runtime, and nothing that reads a configuration', () => {
  expect(from('infer/worker-process.ts')).toEqual([]);
  expect(from('infer/onnx-session.ts', 'infer/onnx-signature.ts')).toEqual([
    'fastest-levenshtein',
    'onnxruntime-node',
    'protobufjs/minimal.js',
  ]);
});

it('check has the model opened before it loads more than what reads a configuration', () => {
  expect(from('commands/check.ts')).toEqual(['fastest-levenshtein', 'yaml', 'zod']);
});

it('check and score load no client of brokers or registry where they ask neither', () => {
  const conditions = '@marcbachmann/cel-js';
  expect(from('commands/check-examine.ts')).toEqual([
    conditions,
    'fastest-levenshtein',
    'yaml',
    'zod',
  ]);
  expect(from('commands/score.ts')).toEqual([
    conditions,
    'fastest-levenshtein',
    'snappy',
    'yaml',
    'zod',
  ]);
});

it('the HTTP server loads no compiler of JSON schemas', () => {
  const program = `
    const { startHttp } = await import('./src/serve/http-server.ts');
    const { createRequire } = await import('node:module');
    const health = { live: () => undefined, ready: () => undefined };
    const server = await startHttp({ host: '127.0.0.1', port: 0, health });
    console.log(Object.keys(createRequire(import.meta.url).cache).join(' '));
    await server.stop();`;
  const args = ['--no-warnings', '--input-type=module', '--eval', program];
  const loaded = execFileSync(process.execPath, args, { encoding: 'utf8' });
  expect(loaded).toContain('fastify');
  expect(loaded).not.toContain('/node_modules/ajv/');
});

it.each(['commands/run.ts', 'compose/connections.ts'])(
  '%s imports no node:http, which would load all that it exports',
  (file) => {
    expect(packagesOf(file)).not.toContain('node:http');
  },
);
