import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Without types, which is why its name stands where the compiler does not look. */
const SCRIPT: string = resolve('scripts/kernel/compile.mjs');

describe("the kernel's WebAssembly", () => {
  it('is what its source compiles to', async () => {
    const { compileKernel } = (await import(SCRIPT)) as {
      readonly compileKernel: () => Promise<string>;
    };
    expect(await readFile('src/infer/trees/kernel-wasm.ts', 'utf8')).toBe(await compileKernel());
  });
});
