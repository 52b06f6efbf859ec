// Writes each kernel-wasm.ts, the WebAssembly of scripts/kernel/ as text: building needs no
// compiler.
import { writeFileSync } from 'node:fs';
import { compileKernel, KERNELS } from './kernel/compile.mjs';

for (const file of Object.keys(KERNELS)) writeFileSync(file, await compileKernel(file));
