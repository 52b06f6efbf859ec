// Writes src/infer/trees/kernel-wasm.ts, the WebAssembly of scripts/kernel/trees.ts as text:
// building needs no compiler.
import { writeFileSync } from 'node:fs';
import { compileKernel } from './kernel/compile.mjs';

writeFileSync('src/infer/trees/kernel-wasm.ts', await compileKernel());
