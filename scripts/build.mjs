// Compiles src/ to dist/ and makes the program executable.
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

rmSync('dist', { recursive: true, force: true });
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (existsSync('dist/main.js')) chmodSync('dist/main.js', 0o755);
