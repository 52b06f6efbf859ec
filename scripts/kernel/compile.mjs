import { readFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const SOURCES = new Map(
  ['trees.ts', 'walk.ts'].map((name) => [
    name,
    readFileSync(new URL(name, import.meta.url), 'utf8'),
  ]),
);
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

/** The text of kernel-wasm.ts. */
export async function compileKernel() {
  let wasm;
  const { error, stderr } = await asc.main(['trees.ts', ...OPTIONS], {
    readFile: (name) => SOURCES.get(name) ?? null,
    writeFile: (_name, contents) => (wasm = contents),
    listFiles: () => [],
  });
  if (error) throw new Error(stderr.toString(), { cause: error });
  const lines = Buffer.from(wasm)
    .toString('base64')
    .match(/.{1,110}/g);
  const text = lines.map((line) => `  '${line}',`).join('\n');
  return `// Made by npm run kernel from scripts/kernel/trees.ts; do not edit.\n\n/** WebAssembly in base64. */\nexport const KERNEL = [\n${text}\n].join('');\n`;
}
