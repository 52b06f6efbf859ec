import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Without types, which is why its name stands where the compiler does not look. */
const SCRIPT: string = resolve('scripts/kernel/compile.mjs');

const { compileKernel, KERNELS } = (await import(SCRIPT)) as {
  readonly compileKernel: (file: string) => Promise<string>;
  readonly KERNELS: Readonly<Record<string, readonly string[]>>;
};

describe('the WebAssembly of a kernel', () => {
  it.each(Object.keys(KERNELS))('is what its source compiles to: %s', async (file) => {
    expect(await readFile(file, 'utf8')).toBe(await compileKernel(file));
  });
});
