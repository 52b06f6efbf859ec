import { readFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

/** By the file that is written: the sources, first the one that exports. */
export const KERNELS = {
  'src/infer/trees/kernel-wasm.ts': ['trees.ts', 'walk.ts'],
  'src/explain/trees/kernel-wasm.ts': ['shap.ts'],
  'src/monitor/kernel-wasm.ts': ['bins.ts'],
};

const OPTIONS = [
  '-O3',
  '--noAssert',
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--importMemory',
  '--outFile',
  'out.wasm',
];

/** The text of a kernel-wasm.ts. */
export async function compileKernel(file) {
  const names = KERNELS[file];
  const sources = new Map(
    names.map((name) => [name, readFileSync(new URL(name, import.meta.url), 'utf8')]),
  );
  let wasm;
  const { error, stderr } = await asc.main([names[0], ...OPTIONS], {
    readFile: (name) => sources.get(name) ?? null,
    writeFile: (_name, contents) => (wasm = contents),
    listFiles: () => [],
  });
  if (error) throw new Error(stderr.toString(), { cause: error });
  const lines = Buffer.from(wasm)
    .toString('base64')
    .match(/.{1,110}/g);
  const text = lines.map((line) => `  '${line}',`).join('\n');
  return `// Made by npm run kernel from scripts/kernel/${names[0]}; do not edit.\n\n/** WebAssembly in base64. */\nexport const KERNEL = [\n${text}\n].join('');\n`;
}
